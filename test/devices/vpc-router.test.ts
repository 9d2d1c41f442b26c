/** Goal: a zone's router forwards inside, to the Internet for those who may, and names what it drops. Method: alone. */
import { expect, test } from 'vitest';
import { type Cidr, parseCidr } from '../../src/base/ipv4.ts';
import { NextHopSpace } from '../../src/devices/forwarder.ts';
import { VpcRouter } from '../../src/devices/vpc-router.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { EcmpGroup } from '../../src/routing/ecmp.ts';
import { BLACKHOLE, Fib, type NextHop } from '../../src/routing/fib.ts';
import { Surrounded } from '../support/surrounded.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const HOST = 0;
const PUBLIC_HOST = 1;
const GATEWAY = 2;
const NAT = 3;
const INSIDE = 0x0a000105;
const OUTSIDE = 0x08080808;

interface RouterOptions {
  readonly groups?: readonly (readonly number[])[];
  readonly blackholes?: readonly string[];
  readonly hasNat?: boolean;
}

/**
 * 10.0.0.0/16 with two /32 routes and, for the second neighbour only, a way to the Internet; with a NAT gateway there is
 * one for all others.
 */
function router({ groups = [], blackholes = [], hasNat = false }: RouterOptions = {}) {
  const nextHops = new NextHopSpace();
  const fibs = { inside: new Fib(), withInternet: new Fib(), fromInternet: new Fib(), changes: [] };
  const tables = { cidr: cidr('10.0.0.0/16'), nextHops, ...fibs };
  const bench = new Surrounded(5, (context) => new VpcRouter(context, tables));
  const hops = bench.ifaces.map((iface) => {
    const nextHop = nextHops.create();
    bench.device.forwarder.setIface(nextHop, iface);
    return nextHop;
  });
  for (const fib of [tables.inside, tables.withInternet]) {
    fib.set(cidr('10.0.1.5/32'), hops[HOST] as NextHop);
    fib.set(cidr('10.0.1.6/32'), hops[PUBLIC_HOST] as NextHop);
    for (const text of blackholes) fib.set(cidr(text), BLACKHOLE);
    groups.forEach((members, i) => {
      const group = new EcmpGroup(members.map((member) => hops[member] as NextHop));
      fib.set(cidr(`10.0.2.${i}/32`), nextHops.createGroup(group));
    });
  }
  tables.withInternet.set(cidr('0.0.0.0/0'), hops[GATEWAY] as NextHop);
  bench.device.setInternet(bench.ifaces[PUBLIC_HOST] as IfaceId, true);
  if (hasNat) {
    tables.inside.set(cidr('0.0.0.0/0'), hops[NAT] as NextHop);
    tables.inside.set(tables.cidr, nextHops.create());
    bench.device.attachGateway(bench.ifaces[NAT] as IfaceId);
  }
  return bench.start();
}

test('forwards to the attachment of the destination with one hop less to live', () => {
  const net = router();
  net.send(PUBLIC_HOST, { dstAddr: INSIDE, ttl: 9 });
  expect(net.take(HOST)).toMatchObject([{ dstAddr: INSIDE, ttl: 8 }]);
});

test('an address inside that nobody has is no-route, one outside isolated', () => {
  const net = router();
  net.send(HOST, { dstAddr: INSIDE + 100 });
  net.send(HOST, { dstAddr: OUTSIDE });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['no-route', 'isolated']);
});

test('a blackhole route drops as blackhole-route, inside and outside, but for longer prefixes', () => {
  const net = router({ blackholes: ['10.0.1.0/24', '8.0.0.0/8'] });
  net.send(PUBLIC_HOST, { dstAddr: INSIDE + 100 });
  net.send(PUBLIC_HOST, { dstAddr: OUTSIDE });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['blackhole-route', 'blackhole-route']);
  net.send(PUBLIC_HOST, { dstAddr: INSIDE });
  expect(net.take(HOST)).toHaveLength(1);
});

test('only attachments with a public address of their own get to the Internet gateway', () => {
  const net = router();
  net.send(PUBLIC_HOST, { dstAddr: OUTSIDE });
  expect(net.take(GATEWAY)).toHaveLength(1);
  net.device.setInternet(net.ifaces[PUBLIC_HOST] as IfaceId, false);
  net.send(PUBLIC_HOST, { dstAddr: OUTSIDE });
  expect(net.take(GATEWAY)).toHaveLength(0);
  expect(net.drops.map(({ reason }) => reason)).toEqual(['isolated']);
});

test('a packet at the end of its life is dropped as ttl-expired', () => {
  const net = router();
  net.send(PUBLIC_HOST, { dstAddr: INSIDE, ttl: 1 });
  net.send(PUBLIC_HOST, { dstAddr: INSIDE, ttl: 0 });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['ttl-expired', 'ttl-expired']);
});

test('connections spread evenly over an equal-cost group, and each stays with its member', () => {
  const net = router({ groups: [[HOST, PUBLIC_HOST, GATEWAY, 3]] });
  const counts = [0, 0, 0, 0];
  for (let port = 1_000; port < 3_000; port++) {
    for (let repeat = 0; repeat < 2; repeat++) net.send(4, { dstAddr: 0x0a000200, srcPort: port });
    const members = counts.map((_, member) => net.take(member).length);
    expect([...members].sort()).toEqual([0, 0, 0, 2]);
    members.forEach((n, member) => {
      counts[member] = (counts[member] as number) + n / 2;
    });
  }
  // 2,000 connections over four members; 3 degrees of freedom: 0.1 % of all samples exceed 16.3.
  expect(counts.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0)).toBeLessThan(16.3);
});

test('an empty group has nowhere to send to', () => {
  const net = router({ groups: [[]] });
  net.send(4, { dstAddr: 0x0a000200 });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['no-route']);
});

test('a default route inside is for those without a public address, and nothing from a gateway follows it back', () => {
  const net = router({ hasNat: true });
  net.send(HOST, { dstAddr: OUTSIDE });
  net.send(PUBLIC_HOST, { dstAddr: OUTSIDE });
  expect([net.take(NAT).length, net.take(GATEWAY).length]).toEqual([1, 1]);
  net.send(NAT, { dstAddr: OUTSIDE });
  net.send(HOST, { dstAddr: INSIDE + 100 });
  expect(net.drops.map(({ reason }) => reason)).toEqual(['isolated', 'no-route']);
});
