/** Goal: EIPs translate both ways, limit each direction, and say so when they lead nowhere. Method: a gateway alone. */
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { type EipLimit, InternetGateway } from '../../src/devices/internet-gateway.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ICMP } from '../../src/network/packet-table.ts';
import { PORT_UNREACHABLE } from '../../src/protocols/ip.ts';
import { Surrounded } from '../support/surrounded.ts';

const INTERNET = 0;
const VPC_A = 1;
const VPC_B = 2;
const CLIENT = 0xc6336401;
const EIP = 0xcb007101;
const OTHER_EIP = 0xcb007102;
const PRIVATE = 0x0a000101;

const WIDE: EipLimit = { outboundBps: 1e9, inboundBps: 1e9, outboundBurstBytes: 1e6, inboundBurstBytes: 1e6 };

/** A gateway with the Internet and two VPCs that use the same addresses; EIP leads into the first. */
function gateway(limit: EipLimit = WIDE) {
  const bench = new Surrounded(3, (context) => new InternetGateway(context));
  const { device, ifaces } = bench;
  device.attachInternet(ifaces[INTERNET] as IfaceId);
  device.attachVpc(ifaces[VPC_A] as IfaceId, 0);
  device.attachVpc(ifaces[VPC_B] as IfaceId, 1);
  device.hold(EIP, limit);
  device.bind(EIP, { vpc: 0, address: PRIVATE, iface: ifaces[VPC_A] as IfaceId }, NONE);
  return bench.start();
}

const fromClient = { srcAddr: CLIENT, dstAddr: EIP };
const toClient = { srcAddr: PRIVATE, dstAddr: CLIENT };

test('translates an EIP to its private address inbound and back outbound, ports untouched', () => {
  const net = gateway();
  net.send(INTERNET, { ...fromClient, srcPort: 1_234, dstPort: 443 });
  expect(net.take(VPC_A)).toMatchObject([
    { srcAddr: CLIENT, dstAddr: PRIVATE, srcPort: 1_234, dstPort: 443 },
  ]);
  net.send(VPC_A, { ...toClient, srcPort: 443, dstPort: 1_234 });
  expect(net.take(INTERNET)).toMatchObject([{ srcAddr: EIP, dstAddr: CLIENT, srcPort: 443, dstPort: 1_234 }]);
});

test('keeps VPCs with equal addresses apart: the neighbour without an EIP stays isolated', () => {
  const net = gateway();
  net.send(VPC_B, toClient);
  expect(net.take(INTERNET)).toEqual([]);
  expect(net.drops).toEqual([{ reason: 'isolated', event: NONE }]);
});

test('drops what is sent to an address that is no EIP, or to one that is not associated', () => {
  const net = gateway();
  net.device.hold(OTHER_EIP, WIDE);
  net.send(INTERNET, { ...fromClient, dstAddr: OTHER_EIP });
  net.send(INTERNET, { ...fromClient, dstAddr: OTHER_EIP + 1 });
  expect(net.drops).toEqual([
    { reason: 'nat-no-binding', event: NONE },
    { reason: 'nat-no-binding', event: NONE },
  ]);
});

test('translates the header that an ICMP error quotes, in both directions', () => {
  const net = gateway();
  const error = { protocol: ICMP, dstPort: PORT_UNREACHABLE };
  net.send(INTERNET, {
    ...fromClient,
    ...error,
    content: { srcAddr: EIP, dstAddr: CLIENT, protocol: 17, srcPort: 1, dstPort: 2 },
  });
  expect(net.take(VPC_A)[0]?.content).toEqual({
    srcAddr: PRIVATE,
    dstAddr: CLIENT,
    protocol: 17,
    srcPort: 1,
    dstPort: 2,
  });
  net.send(VPC_A, {
    ...toClient,
    ...error,
    content: { srcAddr: CLIENT, dstAddr: PRIVATE, protocol: 17, srcPort: 1, dstPort: 2 },
  });
  expect(net.take(INTERNET)[0]?.content).toEqual({
    srcAddr: CLIENT,
    dstAddr: EIP,
    protocol: 17,
    srcPort: 1,
    dstPort: 2,
  });
});

test('limits each direction by itself', () => {
  const net = gateway({
    outboundBps: 8_000,
    inboundBps: 16_000,
    outboundBurstBytes: 1_000,
    inboundBurstBytes: 2_000,
  });
  for (let i = 0; i < 5; i++) {
    net.send(VPC_A, { ...toClient, lengthBytes: 1_000 });
    net.send(INTERNET, { ...fromClient, lengthBytes: 1_000 });
  }
  expect([net.take(INTERNET).length, net.take(VPC_A).length]).toEqual([1, 2]);
  expect(net.drops).toHaveLength(7);
  expect(net.drops[0]).toEqual({ reason: 'rate-limit', event: NONE });
  net.run(1e9);
  for (let i = 0; i < 5; i++) {
    net.send(VPC_A, { ...toClient, lengthBytes: 1_000 });
    net.send(INTERNET, { ...fromClient, lengthBytes: 1_000 });
  }
  expect([net.take(INTERNET).length, net.take(VPC_A).length]).toEqual([1, 2]);
});

test('a new limit acts at once, and what it drops is the event’s', () => {
  const net = gateway();
  net.device.setLimit(
    EIP,
    { outboundBps: 8_000, inboundBps: 8_000, outboundBurstBytes: 500, inboundBurstBytes: 500 },
    6,
  );
  net.send(VPC_A, { ...toClient, lengthBytes: 1_000 });
  expect(net.drops).toEqual([{ reason: 'rate-limit', event: 6 }]);
});

test('what an EIP that was moved drops for want of bandwidth is not the move’s fault', () => {
  const net = gateway({
    outboundBps: 8_000,
    inboundBps: 8_000,
    outboundBurstBytes: 500,
    inboundBurstBytes: 500,
  });
  net.device.unbind(EIP, 3);
  net.device.bind(EIP, { vpc: 1, address: PRIVATE, iface: net.ifaces[VPC_B] as IfaceId }, 4);
  net.send(VPC_B, { ...toClient, lengthBytes: 1_000 });
  expect(net.drops).toEqual([{ reason: 'rate-limit', event: NONE }]);
});

test('an EIP taken away leads nowhere and blames the event; moved, it leads to its new place', () => {
  const net = gateway();
  net.device.unbind(EIP, 3);
  net.send(INTERNET, fromClient);
  net.send(VPC_A, toClient);
  expect(net.drops).toEqual([
    { reason: 'nat-no-binding', event: 3 },
    { reason: 'isolated', event: NONE },
  ]);
  net.device.bind(EIP, { vpc: 1, address: PRIVATE, iface: net.ifaces[VPC_B] as IfaceId }, 4);
  net.send(INTERNET, fromClient);
  expect([net.take(VPC_A).length, net.take(VPC_B).length]).toEqual([0, 1]);
  expect(net.network.flows.answerOf(0 as never)).toBe(4);
});

test('EIPs of a NAT gateway stay what they are, each within its limits, and others do not pass from there', () => {
  const NAT = 2; // The neighbour that is the second VPC elsewhere.
  const net = gateway();
  const { device, ifaces } = net;
  const narrow = {
    outboundBps: 8_000,
    inboundBps: 16_000,
    outboundBurstBytes: 1_000,
    inboundBurstBytes: 2_000,
  };
  device.attachVpc(ifaces[NAT] as IfaceId, 7);
  for (const [eip, limit] of [
    [OTHER_EIP, narrow],
    [OTHER_EIP + 1, WIDE],
  ] as const) {
    device.hold(eip, limit);
    device.bind(eip, { vpc: 7, address: eip, iface: ifaces[NAT] as IfaceId }, NONE);
  }
  for (let i = 0; i < 3; i++) {
    net.send(INTERNET, { srcAddr: CLIENT, dstAddr: OTHER_EIP, srcPort: 9, dstPort: 10, lengthBytes: 1_000 });
    net.send(NAT, { srcAddr: OTHER_EIP, dstAddr: CLIENT, srcPort: 10, dstPort: 9, lengthBytes: 1_000 });
    net.send(NAT, { srcAddr: OTHER_EIP + 1, dstAddr: CLIENT, lengthBytes: 1_000 });
  }
  const through = { srcAddr: CLIENT, dstAddr: OTHER_EIP, srcPort: 9, dstPort: 10 };
  expect(net.take(NAT)).toMatchObject([through, through]);
  expect(net.take(INTERNET).filter(({ srcAddr }) => srcAddr === OTHER_EIP)).toHaveLength(1);
  expect(net.drops.map(({ reason }) => reason)).toEqual(Array(3).fill('rate-limit'));
  net.send(NAT, { srcAddr: EIP, dstAddr: CLIENT });
  net.send(VPC_A, { srcAddr: OTHER_EIP, dstAddr: CLIENT });
  expect(net.drops.slice(3).map(({ reason }) => reason)).toEqual(['isolated', 'isolated']);
});
