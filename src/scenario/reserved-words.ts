/** Takes the words out of a tree that the language has and this program does not support yet, and reports each. */
import type { Diagnostics } from './diagnostic.ts';
import {
  RESERVED_ALB_PROTOCOLS,
  RESERVED_ARRIVALS,
  RESERVED_COOKIES,
  RESERVED_IP_PROTOCOLS,
  RESERVED_KEYS,
  RESERVED_NETWORK_TYPES,
  RESERVED_NEXT_HOPS,
  RESERVED_NLB_PROTOCOLS,
  RESERVED_NLB_SCHEDULERS,
  RESERVED_PROTOCOLS,
  RESERVED_RULE_SETTINGS,
  RESERVED_SCHEDULERS,
  type ReservedContext,
} from './reserved.ts';
import { type Entry, entriesOf, type MapNode, mapNode, type Tree } from './tree.ts';

/** The tree less its reserved words, each reported. */
export function withoutReserved(root: Tree, diagnostics: Diagnostics): Tree {
  const strip = new ReservedWords(diagnostics);
  const sections = new Map<string, ReservedContext>([
    ['vpcs', 'vpc'],
    ['security_groups', 'security-group'],
    ['network_acls', 'network-acl'],
    ['route_tables', 'route-table'],
    ['instances', 'instance'],
    ['clbs', 'clb'],
    ['albs', 'alb'],
    ['nlbs', 'nlb'],
    ['nat_gateways', 'nat-gateway'],
    ['eips', 'eip'],
    ['clients', 'host'],
    ['internet_hosts', 'host'],
    ['traffic', 'flow'],
    ['events', 'event'],
  ]);
  const children = new Map<string, ReservedContext>([
    ['listeners', 'listener'],
    ['rules', 'security-rule'],
    ['ingress_acl_entries', 'acl-entry'],
    ['egress_acl_entries', 'acl-entry'],
    ['route_entries', 'route-entry'],
    ['snat_entries', 'snat-entry'],
    ['forward_entries', 'forward-entry'],
    // Named alike in several sections.
    ['clbs/rules', 'clb-rule'],
    ['albs/listeners', 'alb-listener'],
    ['albs/rules', 'alb-rule'],
    ['albs/zone_mappings', 'alb-zone'],
    ['albs/server_groups', 'server-group'],
    ['nlbs/listeners', 'nlb-listener'],
    ['nlbs/zone_mappings', 'alb-zone'],
    ['nlbs/server_groups', 'nlb-server-group'],
  ]);
  return strip.map(root, 'top', (section) => {
    const context = sections.get(section.key);
    if (context === undefined) return section.value;
    return mapValues(section.value, (entry) =>
      strip.map(entry.value, context, (attribute) => {
        const below = children.get(`${section.key}/${attribute.key}`) ?? children.get(attribute.key);
        if (below === undefined) return attribute.value;
        return mapValues(attribute.value, ({ value }) => strip.map(value, below, (inner) => inner.value));
      }),
    );
  });
}

function mapValues(tree: Tree, change: (entry: Entry) => Tree): Tree {
  if (tree.kind !== 'map') return tree;
  return rebuilt(
    tree,
    entriesOf(tree).map((entry) => ({ ...entry, value: change(entry) })),
  );
}

function rebuilt(tree: MapNode, entries: readonly Entry[]): MapNode {
  return mapNode(new Map(entries.map((entry) => [entry.key, entry])), tree.span);
}

/** Where a value, not a key, is reserved. */
const RESERVED_VALUES: readonly (readonly [ReservedContext, string, ReadonlySet<string>])[] = [
  ['flow', 'arrivals', RESERVED_ARRIVALS],
  ['listener', 'protocol', RESERVED_PROTOCOLS],
  ['security-rule', 'ip_protocol', RESERVED_IP_PROTOCOLS],
  ['acl-entry', 'protocol', RESERVED_IP_PROTOCOLS],
  ['route-entry', 'nexthop_type', RESERVED_NEXT_HOPS],
  ['event', 'nexthop_type', RESERVED_NEXT_HOPS],
  ['listener', 'scheduler', RESERVED_SCHEDULERS],
  ['listener', 'sticky_session_type', RESERVED_COOKIES],
  ['clb-rule', 'listener_sync', RESERVED_RULE_SETTINGS],
  ['nat-gateway', 'network_type', RESERVED_NETWORK_TYPES],
  ['alb-listener', 'listener_protocol', RESERVED_ALB_PROTOCOLS],
  ['nlb-listener', 'listener_protocol', RESERVED_NLB_PROTOCOLS],
  ['nlb-server-group', 'scheduler', RESERVED_NLB_SCHEDULERS],
];

/** What takes the place of a reserved value, so that nothing else is said of it. */
const RESERVED_STAND_INS: Readonly<Record<string, string>> = {
  arrivals: 'constant',
  protocol: 'tcp',
  'listener/protocol': 'http',
  ip_protocol: 'all',
  scheduler: 'wrr',
  sticky_session_type: 'insert',
  listener_sync: 'on',
  network_type: 'internet',
  nexthop_type: 'Instance',
  listener_protocol: 'HTTP',
  'nlb-listener/listener_protocol': 'TCP',
  'nlb-server-group/scheduler': 'Wrr',
};

/** What to write instead, where there is something that does nearly the same. */
const RESERVED_ADVICE: Readonly<Record<string, string>> = {
  'listener/https':
    'http: without TLS, which ends at the CLB; to its servers an https listener speaks HTTP too',
  'alb-listener/HTTPS':
    'HTTP: without TLS, which ends at the ALB; to its servers an HTTPS listener speaks HTTP too',
  'alb-listener/QUIC': 'HTTP: over TCP; to its servers a QUIC listener speaks HTTP too',
  'nlb-listener/TCPSSL': 'TCP: without TLS, which would end at the NLB',
  'nlb-server-group/Qch': 'Tch: by addresses and ports, since datagrams have no QUIC ids here',
};

function adviceOn(context: ReservedContext, word: string): { expected?: string } {
  const expected = RESERVED_ADVICE[`${context}/${word}`];
  return expected === undefined ? {} : { expected };
}

class ReservedWords {
  private readonly diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }

  map(tree: Tree, context: ReservedContext, change: (entry: Entry) => Tree): Tree {
    if (tree.kind !== 'map') return tree;
    const kept = entriesOf(tree).filter((entry) => !this.isReservedKey(entry, context));
    return rebuilt(
      tree,
      kept.map((entry) => ({ ...entry, value: this.value(entry, context, change(entry)) })),
    );
  }

  private isReservedKey({ key, keySpan }: Entry, context: ReservedContext): boolean {
    const isReserved = RESERVED_KEYS[context].has(key);
    if (isReserved) this.diagnostics.error('reserved-key', keySpan, `'${key}' is not supported yet`);
    return isReserved;
  }

  /** A reserved word is replaced by one that passes, since it has been reported. */
  private value(entry: Entry, context: ReservedContext, value: Tree): Tree {
    if (value.kind !== 'scalar' || typeof value.value !== 'string') return value;
    for (const [where, key, words] of RESERVED_VALUES) {
      if (where !== context || key !== entry.key || !words.has(value.value)) continue;
      const message = `${key} '${value.value}' is not supported yet`;
      this.diagnostics.error('reserved-key', value.span, message, adviceOn(where, value.value));
      const stand = RESERVED_STAND_INS[`${context}/${key}`] ?? RESERVED_STAND_INS[key] ?? '';
      return { ...value, value: stand, text: stand };
    }
    return value;
  }
}
