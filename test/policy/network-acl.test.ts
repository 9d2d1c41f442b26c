/**
 * Goal: a network ACL decides by the first entry that fits, and knows which change made it decide so. Method: a plain
 * walk over the entries as written, on few addresses and ports so that entries meet.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { cidrContains, parseIpv4, prefixMask } from '../../src/base/ipv4.ts';
import { type AclEntry, NetworkAcl } from '../../src/policy/network-acl.ts';
import { ANY_PORT, ANY_PROTOCOL } from '../../src/policy/rule-list.ts';

const [ICMP, TCP, UDP] = [1, 6, 17];
const BASE = 0x0a000000;

const address = fc.integer({ min: 0, max: 7 }).map((n) => BASE + n);
const port = fc.integer({ min: 79, max: 82 });
const protocol = fc.constantFrom(ICMP, TCP, UDP);
const entry: fc.Arbitrary<AclEntry> = fc
  .record({
    isAccept: fc.boolean(),
    protocol: fc.constantFrom(ANY_PROTOCOL, ICMP, TCP, UDP),
    firstPort: port,
    lastPort: port,
    address,
    length: fc.integer({ min: 28, max: 32 }),
  })
  .map(({ address: at, length, ...rest }) => ({
    ...rest,
    peer: { base: (at & prefixMask(length)) >>> 0, length },
  }));
const entries = fc.array(entry, { maxLength: 6 });

function plainDecision(list: readonly AclEntry[], kind: number, peerAddr: number, dstPort: number): boolean {
  const first = list.find(
    ({ protocol: wanted, firstPort, lastPort, peer }) =>
      (wanted === ANY_PROTOCOL || wanted === kind) &&
      (dstPort === ANY_PORT || (dstPort >= firstPort && dstPort <= lastPort)) &&
      'base' in peer &&
      cidrContains(peer, peerAddr),
  );
  return first?.isAccept ?? false;
}

test('the first entry that fits decides, in either direction and at any time, and the last change that turned it is known', () => {
  fc.assert(
    fc.property(
      fc.array(entries, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      protocol,
      address,
      fc.oneof(port, fc.constant(ANY_PORT)),
      (lists, isIngress, kind, peer, dstPort) => {
        const [first = [], ...changes] = lists;
        const acl = isIngress ? new NetworkAcl(first, []) : new NetworkAcl([], first);
        for (const [event, list] of changes.entries()) acl.change(isIngress, list, event);
        const verdicts = lists.map((list) => plainDecision(list, kind, peer, dstPort));
        const verdict = verdicts.at(-1);
        expect(acl.allows(isIngress, kind, peer, dstPort)).toBe(verdict);
        expect(acl.allows(!isIngress, kind, peer, dstPort)).toBe(false);
        // Change n leads from list n to list n + 1.
        const turned = verdicts.findLastIndex((earlier) => earlier !== verdict);
        expect(acl.turnedBy(isIngress, kind, peer, dstPort)).toBe(turned === -1 ? NONE : turned);
      },
    ),
    { numRuns: 300 },
  );
});

test('without entries it denies everything but the name servers and the metadata server of the cloud', () => {
  const acl = new NetworkAcl([], []);
  const allowed = (text: string) => acl.allows(false, UDP, parseIpv4(text) as number, 53);
  expect(['100.100.2.112', '100.100.2.136', '100.100.2.143', '100.100.100.200'].map(allowed)).toEqual(
    Array(4).fill(true),
  );
  expect(['100.100.2.111', '100.100.2.144', '100.100.100.201', '10.0.0.1'].map(allowed)).toEqual(
    Array(4).fill(false),
  );
  const all = { isAccept: true, protocol: ANY_PROTOCOL, firstPort: 0, lastPort: 65535 };
  acl.change(false, [{ ...all, peer: { base: 0, length: 0 } }], 3);
  const turned = ['100.100.2.136', '10.0.0.1'].map((text) =>
    acl.turnedBy(false, UDP, parseIpv4(text) as number, 53),
  );
  expect(turned).toEqual([NONE, 3]);
});
