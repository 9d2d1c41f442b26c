/**
 * Goal: the rules of all groups of an ENI decide as documented. Method: a twin that reads the groups as they are
 * written, on few addresses and ports so that rules meet; then the documented cases one by one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY_PROTOCOL } from '../../src/policy/rule-list.ts';
import {
  compileSecurityPolicy,
  type SecurityGroup,
  type SecurityRule,
} from '../../src/policy/security-group.ts';
import { plainDecision } from '../support/plain-security-group.ts';

const [ICMP, TCP, UDP] = [1, 6, 17];
const BASE = 0x0a000000;
const CLIENT = 0xc6336401;

const address = fc.integer({ min: 0, max: 7 }).map((n) => BASE + n);
const members = fc.uniqueArray(address, { maxLength: 4 });
const cidr = fc.tuple(address, fc.constantFrom(0, 29, 30, 31, 32)).map(([near, length]) => ({
  base: length === 0 ? 0 : (near & (0xffffffff << (32 - length))) >>> 0,
  length,
}));
const rule: fc.Arbitrary<SecurityRule> = fc
  .record({
    isIngress: fc.boolean(),
    isAccept: fc.boolean(),
    priority: fc.constantFrom(1, 2, 50, 100),
    protocol: fc.constantFrom(ANY_PROTOCOL, ICMP, TCP, UDP),
    ports: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(3)),
    peer: fc.oneof(cidr, members),
  })
  .map(({ ports: [first, more], ...rest }) => {
    const hasPorts = rest.protocol === TCP || rest.protocol === UDP;
    return { ...rest, firstPort: hasPorts ? first : 0, lastPort: hasPorts ? first + more : 65535 };
  });
const group = (isEnterprise: boolean): fc.Arbitrary<SecurityGroup> =>
  fc.record({
    isEnterprise: fc.constant(isEnterprise),
    isInnerAccepted: fc.boolean(),
    members,
    rules: fc.array(rule, { maxLength: 8 }),
  });
const groups = fc.boolean().chain((isEnterprise) => fc.array(group(isEnterprise), { maxLength: 3 }));
const question = fc.tuple(fc.boolean(), fc.constantFrom(ICMP, TCP, UDP), address, fc.nat(9));

test('decides every first packet as the groups say', () => {
  fc.assert(
    fc.property(groups, fc.array(question, { minLength: 1, maxLength: 30 }), (list, questions) => {
      const policy = compileSecurityPolicy(list);
      for (const [isIngress, protocol, peer, port] of questions) {
        const allowed = isIngress
          ? policy.allowsIngress(protocol, peer, port)
          : policy.allowsEgress(protocol, peer, port);
        expect(allowed).toBe(plainDecision(list, isIngress, protocol, peer, port));
      }
    }),
    { seed: 21, numRuns: 1_000 },
  );
});

test('does not depend on the order of groups and rules', () => {
  fc.assert(
    fc.property(groups, question, (list, [isIngress, protocol, peer, port]) => {
      const turned = [...list].reverse().map((entry) => ({ ...entry, rules: [...entry.rules].reverse() }));
      const [one, other] = [compileSecurityPolicy(list), compileSecurityPolicy(turned)];
      const ask = isIngress ? 'allowsIngress' : 'allowsEgress';
      expect(one[ask](protocol, peer, port)).toBe(other[ask](protocol, peer, port));
    }),
    { seed: 22, numRuns: 300 },
  );
});

const basic = (rules: readonly SecurityRule[], more: Partial<SecurityGroup> = {}): SecurityGroup => ({
  isEnterprise: false,
  isInnerAccepted: true,
  members: [],
  rules,
  ...more,
});
const anyTcp: SecurityRule = {
  isIngress: true,
  isAccept: true,
  priority: 1,
  protocol: TCP,
  firstPort: 1,
  lastPort: 65535,
  peer: { base: 0, length: 0 },
};

describe('with no rules', () => {
  test('a basic group lets everything out and in only its members', () => {
    const policy = compileSecurityPolicy([basic([], { members: [BASE + 1] })]);
    expect(policy.allowsEgress(TCP, CLIENT, 443)).toBe(true);
    expect(policy.allowsIngress(TCP, CLIENT, 443)).toBe(false);
    expect(policy.allowsIngress(UDP, BASE + 1, 53)).toBe(true);
  });

  test('the members of an isolated basic group do not reach one another', () => {
    const isolated = basic([], { members: [BASE + 1], isInnerAccepted: false });
    expect(compileSecurityPolicy([isolated]).allowsIngress(TCP, BASE + 1, 80)).toBe(false);
    const shared = compileSecurityPolicy([isolated, basic([], { members: [BASE + 1] })]);
    expect(shared.allowsIngress(TCP, BASE + 1, 80)).toBe(true);
  });

  test('an enterprise group lets nothing pass, its own members neither', () => {
    const policy = compileSecurityPolicy([basic([], { isEnterprise: true, members: [BASE + 1] })]);
    expect(policy.allowsEgress(TCP, BASE + 1, 80)).toBe(false);
    expect(policy.allowsIngress(TCP, BASE + 1, 80)).toBe(false);
  });

  test('no group at all is like a basic group of one', () => {
    const policy = compileSecurityPolicy([]);
    expect(policy.allowsEgress(UDP, CLIENT, 53)).toBe(true);
    expect(policy.allowsIngress(UDP, CLIENT, 53)).toBe(false);
  });
});

describe('between rules that both fit', () => {
  test('the lower priority number wins, whatever it says', () => {
    const drop = { ...anyTcp, isAccept: false, priority: 2 };
    expect(compileSecurityPolicy([basic([drop, anyTcp])]).allowsIngress(TCP, CLIENT, 80)).toBe(true);
    const late = { ...anyTcp, priority: 3 };
    expect(compileSecurityPolicy([basic([late, drop])]).allowsIngress(TCP, CLIENT, 80)).toBe(false);
  });

  test('drop wins at equal priority, also between two groups', () => {
    const drop = { ...anyTcp, isAccept: false };
    expect(compileSecurityPolicy([basic([anyTcp, drop])]).allowsIngress(TCP, CLIENT, 80)).toBe(false);
    expect(compileSecurityPolicy([basic([anyTcp]), basic([drop])]).allowsIngress(TCP, CLIENT, 80)).toBe(
      false,
    );
  });

  test('the inner policy Accept precedes all of them, Drop follows them', () => {
    const drop = { ...anyTcp, isAccept: false };
    const mates = { members: [BASE + 1] };
    expect(compileSecurityPolicy([basic([drop], mates)]).allowsIngress(TCP, BASE + 1, 80)).toBe(true);
    const isolated = { ...mates, isInnerAccepted: false };
    expect(compileSecurityPolicy([basic([anyTcp], isolated)]).allowsIngress(TCP, BASE + 1, 80)).toBe(true);
  });
});

test('ports are those of the destination, both ends included; ICMP has none', () => {
  const web = { ...anyTcp, firstPort: 80, lastPort: 81 };
  const ping = { ...anyTcp, protocol: ICMP, firstPort: 0 };
  const policy = compileSecurityPolicy([basic([web, ping])]);
  expect([79, 80, 81, 82].map((port) => policy.allowsIngress(TCP, CLIENT, port))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(policy.allowsIngress(ICMP, CLIENT, 0)).toBe(true);
  expect(policy.allowsIngress(UDP, CLIENT, 80)).toBe(false);
});
