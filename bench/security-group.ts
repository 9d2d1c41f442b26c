/**
 * What security groups cost. `policy/first-packet`: the merged rules of four groups asked about first packets, compiled
 * into columns beside a sorted list of rule objects. `packet/filtered`: datagrams between two instances from start to
 * end, filtered at both ENIs beside not filtered at all, of whose rate at least half is wanted.
 */
import { cidrContains } from '../src/base/ipv4.ts';
import { RandomStreams } from '../src/base/random.ts';
import {
  compileSecurityPolicy,
  type SecurityGroup,
  type SecurityRule,
} from '../src/policy/security-group.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { simulate } from '../src/simulate.ts';
import { type Bench, bySize, compareRates, type Side } from './harness.ts';

const RULES_PER_GROUP = 12;
const MEMBERS = 50;
const TCP = 6;

function makeGroups(): SecurityGroup[] {
  const random = new RandomStreams('bench', 0).stream('security', 'rules');
  const below = (limit: number): number => Math.floor(random.uniform() * limit);
  const members = Array.from({ length: MEMBERS }, (_, i) => 0x0a000100 + i * 3);
  const rule = (): SecurityRule => {
    const firstPort = 1 + below(1_000);
    const length = 16 + below(17);
    const peer =
      below(4) === 0 ? members : { base: (0x0a000000 & (0xffffffff << (32 - length))) >>> 0, length };
    return {
      isIngress: true,
      isAccept: below(2) === 0,
      priority: 1 + below(100),
      protocol: below(2) === 0 ? TCP : 0,
      firstPort,
      lastPort: firstPort + below(100),
      peer,
    };
  };
  return Array.from({ length: 4 }, () => ({
    isEnterprise: false,
    isInnerAccepted: false,
    members,
    rules: Array.from({ length: RULES_PER_GROUP }, rule),
  }));
}

/** Asks about addresses and ports that some rules know; the number of packets let in is the hash. */
function askSide(count: number, asks: (srcAddr: number, dstPort: number) => boolean): Side {
  let accepted = 0;
  let next = 0;
  return {
    run: () => {
      for (let i = 0; i < count; i++) {
        next = (next + 7_919) % 1_048_573;
        if (asks(0x0a000000 + (next & 0x3ff), 1 + (next >> 10))) accepted++;
      }
      return count;
    },
    hash: () => String(accepted),
  };
}

function compiledSide(count: number): Side {
  const policy = compileSecurityPolicy(makeGroups());
  return askSide(count, (srcAddr, dstPort) => policy.allowsIngress(TCP, srcAddr, dstPort));
}

function objectsSide(count: number): Side {
  const rules = makeGroups()
    .flatMap((group) => group.rules)
    .sort((a, b) => a.priority - b.priority || Number(a.isAccept) - Number(b.isAccept));
  return askSide(count, (srcAddr, dstPort) => {
    const first = rules.find(
      ({ protocol, firstPort, lastPort, peer }) =>
        (protocol === 0 || protocol === TCP) &&
        firstPort <= dstPort &&
        dstPort <= lastPort &&
        ('base' in peer ? cidrContains(peer, srcAddr) : peer.includes(srcAddr)),
    );
    return first?.isAccept ?? false;
  });
}

const SCENARIO = `
vpcsim: 1
title: Datagrams between two instances
duration: 2s
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
security_groups:
  apart:
    vpc_id: shop
    inner_access_policy: Drop
    rules: { dns: { type: ingress, ip_protocol: udp, port_range: 53/53, cidr_ip: 10.0.0.0/16 } }
instances: { asks: { vswitch_id: shop-h, GROUPS }, takes: { vswitch_id: shop-h, GROUPS } }
traffic: { query: { kind: udp, from: asks, to: "takes:53", rate: RATE/s, connections: 5000 } }
`;

function scenarioSide(rate: number, groups: string): Side {
  const text = SCENARIO.replaceAll('GROUPS', groups).replace('RATE', String(rate));
  const parsed = parseScenario(text, { file: 'bench.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  let fingerprint = '';
  return {
    run: () => {
      const { packets, fingerprint: found } = simulate(parsed.scenario);
      fingerprint = found;
      return packets.created;
    },
    hash: () => fingerprint,
  };
}

export const securityGroupBenches: readonly Bench[] = [
  {
    name: 'policy/first-packet',
    isFullOnly: true,
    run: (size) =>
      compareRates({
        name: 'policy/first-packet',
        unit: 'decisions/s',
        target: null,
        rounds: bySize(size, 2, 7, 15),
        ours: compiledSide(bySize(size, 1_000, 150_000, 2_000_000)),
        alternatives: { 'rule objects': objectsSide(bySize(size, 1_000, 150_000, 2_000_000)) },
        isSameWork: true,
      }),
  },
  {
    name: 'packet/filtered',
    isFullOnly: true,
    run: (size) =>
      compareRates({
        name: 'packet/filtered',
        unit: 'packets/s',
        target: 0.5,
        rounds: bySize(size, 2, 7, 15),
        ours: scenarioSide(bySize(size, 50, 20_000, 100_000), 'security_groups: [apart]'),
        alternatives: { 'not filtered': scenarioSide(bySize(size, 50, 20_000, 100_000), 'listen: []') },
        isSameWork: false,
      }),
  },
];
