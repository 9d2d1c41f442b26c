/** Goal: the Internet at one place forwards by the longest prefix and names what it drops. Method: a router alone. */
import { expect, test } from 'vitest';
import { type Cidr, parseCidr } from '../../src/base/ipv4.ts';
import { InternetRouter } from '../../src/devices/internet-router.ts';
import { ICMP } from '../../src/network/packet-table.ts';
import { BLACKHOLE } from '../../src/routing/fib.ts';
import { HEADER, Surrounded } from '../support/surrounded.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const CLIENT = 0;
const SERVER = 1;
const SERVER_ADDRESS = 0xcb007101;

/** Two neighbours, and a blackhole for what surrounds the second. */
function router() {
  const net = new Surrounded(2, (context) => new InternetRouter(context, 0xc0000201, 64));
  const { device, ifaces } = net;
  const hops = ifaces.map((iface) => {
    const nextHop = device.nextHops.create();
    device.forwarder.setIface(nextHop, iface);
    return nextHop;
  });
  device.fib.set({ base: HEADER.srcAddr, length: 32 }, hops[CLIENT]);
  device.fib.set({ base: SERVER_ADDRESS, length: 32 }, hops[SERVER]);
  device.fib.set(cidr('203.0.113.0/24'), BLACKHOLE);
  return net.start();
}

test('forwards what it knows, drops what a blackhole route covers and what nobody has', () => {
  const net = router();
  for (const dstAddr of [SERVER_ADDRESS, SERVER_ADDRESS + 1, 0x08080808]) net.send(CLIENT, { dstAddr });
  expect(net.take(SERVER)).toHaveLength(1);
  expect(net.drops.map(({ reason }) => reason)).toEqual(['blackhole-route', 'no-route']);
});

test('tells the sender of a packet at the end of its life', () => {
  const net = router();
  net.send(CLIENT, { dstAddr: SERVER_ADDRESS, ttl: 1 });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['ttl-expired']);
  expect(net.take(CLIENT)).toMatchObject([{ protocol: ICMP, dstAddr: HEADER.srcAddr }]);
});
