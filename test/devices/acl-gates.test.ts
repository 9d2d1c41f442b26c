/**
 * Goal: a network ACL filters what passes the interfaces of its vSwitch, by the header the machine will see, and blames a
 * change for what it turned. Method: a router with a gate at one of three neighbours.
 */
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { type Cidr, parseCidr } from '../../src/base/ipv4.ts';
import { NextHopSpace } from '../../src/devices/forwarder.ts';
import { VpcRouter } from '../../src/devices/vpc-router.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { TCP } from '../../src/network/packet-table.ts';
import { type AclEntry, NetworkAcl } from '../../src/policy/network-acl.ts';
import { Fib } from '../../src/routing/fib.ts';
import { Surrounded } from '../support/surrounded.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const [GUARDED, MATE, OTHER] = [0, 1, 2];
const [GUARDED_ADDR, MATE_ADDR, OTHER_ADDR, CLIENT] = [0x0a000105, 0x0a000106, 0x0a000205, 0xc6336401];

const toPort = (port: number, peer = '0.0.0.0/0'): AclEntry => ({
  isAccept: true,
  protocol: TCP,
  firstPort: port,
  lastPort: port,
  peer: cidr(peer),
});

/** 10.0.1.0/24 with the ACL, of which one machine of two stands behind the gate, and 10.0.2.0/24 without. */
function guarded(ingress: readonly AclEntry[], egress: readonly AclEntry[]) {
  const fibs = { inside: new Fib(), withInternet: new Fib(), fromInternet: new Fib(), changes: [] };
  const tables = { cidr: cidr('10.0.0.0/16'), nextHops: new NextHopSpace(), ...fibs };
  const acl = new NetworkAcl(ingress, egress);
  const bench = new Surrounded(3, (context) => new VpcRouter(context, tables));
  [GUARDED_ADDR, MATE_ADDR, OTHER_ADDR].forEach((address, i) => {
    const nextHop = tables.nextHops.create();
    bench.device.forwarder.setIface(nextHop, bench.ifaces[i] as IfaceId);
    tables.inside.set({ base: address, length: 32 }, nextHop);
  });
  bench.device.placeGate(bench.ifaces[GUARDED] as IfaceId, {
    acl,
    vswitch: cidr('10.0.1.0/24'),
    event: NONE,
  });
  return Object.assign(bench.start(), { acl });
}

const into = (dstPort: number) => ({ dstAddr: GUARDED_ADDR, srcAddr: OTHER_ADDR, protocol: TCP, dstPort });
const outOf = (dstPort: number) => ({ dstAddr: OTHER_ADDR, srcAddr: GUARDED_ADDR, protocol: TCP, dstPort });

test('ingress is asked about what goes in, egress about what comes out, each by the destination port', () => {
  const net = guarded([toPort(80)], [toPort(443)]);
  for (const port of [80, 443]) {
    net.send(OTHER, into(port));
    net.send(GUARDED, outOf(port));
  }
  expect(net.take(GUARDED).map(({ dstPort }) => dstPort)).toEqual([80]);
  expect(net.take(OTHER).map(({ dstPort }) => dstPort)).toEqual([443]);
  expect(net.drops.map(({ reason }) => reason)).toEqual(['network-acl', 'network-acl']);
});

test('ingress matches the source and egress the destination', () => {
  const net = guarded([toPort(80, '10.0.2.0/24')], [toPort(80, '10.0.1.0/24')]);
  net.send(OTHER, into(80));
  net.send(OTHER, { ...into(80), srcAddr: CLIENT });
  net.send(GUARDED, outOf(80));
  expect(net.take(GUARDED).map(({ srcAddr }) => srcAddr)).toEqual([OTHER_ADDR]);
  expect(net.take(OTHER)).toEqual([]);
});

test('what stays within the vSwitch is not asked about, and neither are other interfaces', () => {
  const net = guarded([], []);
  net.send(GUARDED, { ...outOf(80), dstAddr: MATE_ADDR });
  net.send(MATE, { ...into(80), srcAddr: MATE_ADDR });
  net.send(MATE, { ...outOf(80), srcAddr: MATE_ADDR });
  expect([net.take(MATE).length, net.take(GUARDED).length, net.take(OTHER).length]).toEqual([1, 1, 1]);
});

test('behind a load balancer the inner header counts', () => {
  const net = guarded([toPort(80, '198.51.100.0/24')], []);
  const outer = [0x64400001, GUARDED_ADDR] as const;
  net.send(OTHER, { ...into(80), srcAddr: CLIENT, outer });
  net.send(OTHER, { ...into(80), srcAddr: OTHER_ADDR, outer });
  expect(net.take(GUARDED).map(({ srcAddr }) => srcAddr)).toEqual([CLIENT]);
});

test('a drop is blamed on the change that turned it, and on no other', () => {
  const net = guarded([toPort(80)], []);
  net.acl.change(true, [toPort(81)], 3);
  net.acl.change(true, [toPort(82)], 5);
  for (const port of [79, 80, 81]) net.send(OTHER, into(port));
  expect(net.drops.map(({ event }) => event)).toEqual([-1, 3, 5]);
});
