/** Goal: replies leave by the door their connection came in by, for as long as it is remembered. Method: alone. */
import { expect, test } from 'vitest';
import { ParameterValues } from '../../src/base/parameters.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { Instance } from '../../src/devices/instance.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { TCP, UDP } from '../../src/network/packet-table.ts';
import { ACK, RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { Surrounded } from '../support/surrounded.ts';

const SELF = 0x0a000105;
const CLIENT = 0xc6336401;
const NODE = 0x64400001;
const OTHER_NODE = 0x64400002;
const TIMEOUT_NS = 910 * SECOND_NS;

function instance() {
  const settings = readTcpSettings(new ParameterValues());
  const bench = new Surrounded(1, (context) => new Instance(context, settings, SELF, TIMEOUT_NS, null));
  bench.device.attach(bench.ifaces[0] as IfaceId);
  bench.device.stack.serveTcp(80, () => ({}));
  return bench.start();
}

const syn = { srcAddr: CLIENT, dstAddr: SELF, protocol: TCP, dstPort: 80, tcpFlags: SYN, lengthBytes: 40 };

test('answers a connection from a load balancer’s node through that node', () => {
  const net = instance();
  net.send(0, { ...syn, outer: [NODE, SELF] });
  expect(net.take(0)).toMatchObject([
    { srcAddr: SELF, dstAddr: CLIENT, tcpFlags: SYN | ACK, outer: [SELF, NODE] },
  ]);
});

test('answers a direct connection directly, also while another came through a node', () => {
  const net = instance();
  net.send(0, { ...syn, outer: [NODE, SELF] });
  net.take(0);
  net.send(0, { ...syn, srcPort: 5_000 });
  expect(net.take(0)).toMatchObject([{ dstAddr: CLIENT, dstPort: 5_000, outer: null }]);
});

test('follows a connection that comes in by another node', () => {
  const net = instance();
  net.send(0, { ...syn, outer: [NODE, SELF] });
  net.send(0, { ...syn, outer: [OTHER_NODE, SELF] });
  expect(net.take(0).map(({ outer }) => outer)).toEqual([
    [SELF, NODE],
    [SELF, OTHER_NODE],
  ]);
});

test('sends an ICMP error by the door of the packet it is about', () => {
  const net = instance();
  net.send(0, { ...syn, protocol: UDP, dstPort: 53, outer: [NODE, SELF] });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['not-listening']);
  expect(net.take(0)).toMatchObject([{ dstAddr: CLIENT, outer: [SELF, NODE] }]);
});

test('a connection to itself through a load balancer is dropped as hairpin', () => {
  const net = instance();
  net.send(0, { ...syn, srcAddr: SELF, outer: [NODE, SELF] });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['hairpin']);
});

test('forgets its doors when it loses power: an old connection is reset directly', () => {
  const net = instance();
  net.send(0, { ...syn, outer: [NODE, SELF] });
  net.network.setPower(net.id, false, 0);
  net.network.setPower(net.id, true, 1);
  net.take(0);
  net.send(0, { ...syn, tcpFlags: ACK });
  expect(net.take(0)).toMatchObject([{ tcpFlags: RST, outer: null }]);
});

test('remembers a door while it is used and forgets one that is idle for the time-out', () => {
  const net = instance();
  const datagram = { ...syn, protocol: UDP, dstPort: 53 };
  net.send(0, { ...datagram, srcPort: 1, outer: [NODE, SELF] });
  net.send(0, { ...datagram, srcPort: 2, outer: [NODE, SELF] });
  net.take(0);
  net.run(TIMEOUT_NS / 2);
  net.send(0, { ...datagram, srcPort: 1 });
  net.run(1.4 * TIMEOUT_NS);
  net.take(0);
  net.send(0, { ...datagram, srcPort: 1 });
  net.send(0, { ...datagram, srcPort: 2 });
  expect(net.take(0).map(({ outer }) => outer)).toEqual([[SELF, NODE], null]);
});
