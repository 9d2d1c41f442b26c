/**
 * Every measure that `expect` can bound: its path, what kind of value it has, and the whole that a percentage of it
 * refers to. The checker reads bounds by it, `judge` finds the field of the result by its canonical path.
 *
 * A `*` in a path stands for a name: of a reason, an outcome, a gauge, or of a flow (in `flows.*`).
 */
import type { SubjectKind } from './scenario.ts';

/**
 * time: ns, written with a unit. count: a whole number. number: any number. bitrate: bit/s. text: a word. refusal: true
 * (refused), false (not refused), a text (the reason) or never.
 */
export type MeasureKind = 'time' | 'count' | 'number' | 'bitrate' | 'text' | 'refusal';

export interface MeasureSpec {
  /** Joined by dots, in snake case, without unit. */
  readonly path: string;
  readonly kind: MeasureKind;
  /** Paths of the same subject whose sum is the whole of a percentage; absent: percentages are refused. */
  readonly of?: readonly string[];
  /** Like `of`, but of the flow that `flows.*` names. */
  readonly ofFlow?: readonly string[];
  /** Set on short names: the path that the result has. */
  readonly canonical?: string;
  /** What stands for `*`. */
  readonly names?: 'reason' | 'flow' | 'any';
}

/** How a unit can fail without a packet dropped on its behalf. */
export const UNIT_FAILURES = [
  'refused',
  'reset',
  'connect-timeout',
  'response-timeout',
  'status-5xx',
  'status-502',
  'status-503',
  'status-504',
  'name-error',
] as const;

/** Names of drop reasons: the closed list of `network`, which this folder may not import; a test compares them. */
export const DROP_REASON_NAMES = [
  'no-route',
  'blackhole-route',
  'ttl-expired',
  'mtu-exceeded',
  'source-dest-check',
  'isolated',
  'link-down',
  'device-down',
  'queue-full',
  'queue-flushed',
  'rate-limit',
  'pps-limit',
  'cps-limit',
  'conn-limit',
  'random-loss',
  'corrupt',
  'security-group',
  'network-acl',
  'nat-no-binding',
  'nat-ports-exhausted',
  'hairpin',
  'fragment-unsupported',
  'no-healthy-backend',
  'slb-no-egress',
  'not-listening',
  'no-session',
  'tunnel-down',
  'no-sa',
  'anti-replay',
  'wrong-path',
  'rate-limited-icmp',
] as const;

const time = (path: string): MeasureSpec => ({ path, kind: 'time' });
const count = (path: string): MeasureSpec => ({ path, kind: 'count' });
const text = (path: string): MeasureSpec => ({ path, kind: 'text' });
const share = (path: string, ...of: string[]): MeasureSpec => ({ path, kind: 'count', of });
const alias = (path: string, canonical: MeasureSpec): MeasureSpec => ({
  ...canonical,
  path,
  canonical: canonical.path,
});
const named = (names: 'reason' | 'flow' | 'any', spec: MeasureSpec): MeasureSpec => ({ ...spec, names });

const lostByReason = named('reason', share('lost_by_reason.*', 'sent'));
const byOutcome = named('reason', share('requests.by_outcome.*', 'requests.ok', 'requests.failed'));
const connectionShares = ['', 'by_direction.in.', 'by_direction.out.'].flatMap((where) =>
  ['affected', 'moved'].map((what) => share(`connections.${where}${what}`, 'connections.opened')),
);

const FLOW: readonly MeasureSpec[] = [
  count('sent'),
  share('delivered', 'sent'),
  share('lost', 'sent'),
  share('pending', 'sent'),
  lostByReason,
  alias('lost_by.*', lostByReason),
  share('stray_lost', 'sent'),
  ...['min', 'p50', 'p90', 'p99', 'p999', 'max', 'mean'].map((which) => time(`latency.${which}`)),
  text('latency_kind'),
  time('outage'),
  time('outage_total'),
  count('outages'),
  time('impairment'),
  time('impairment_total'),
  count('impairments'),
  time('resolution'),
  time('loss_derived'),
  count('connections.opened'),
  ...connectionShares,
  ...['p50', 'p99', 'max'].map((which) => time(`connections.outage.${which}`)),
  share('requests.ok', 'requests.ok', 'requests.failed'),
  share('requests.failed', 'requests.ok', 'requests.failed'),
  share('requests.retried', 'requests.ok', 'requests.failed'),
  count('requests.retries'),
  byOutcome,
  count('sessions.opened'),
  ...['completed', 'survived', 'broken', 'alive'].map((what) => share(`sessions.${what}`, 'sessions.opened')),
  { path: 'goodput', kind: 'bitrate' },
  count('tcp.segments'),
  share('tcp.retransmitted', 'tcp.segments'),
  ...['min', 'p50', 'p90', 'p99', 'p999', 'max', 'mean'].map((which) => time(`tcp.round_trip.${which}`)),
  ...['in', 'out'].flatMap((way) => [
    count(`tcp.by_direction.${way}.segments`),
    share(`tcp.by_direction.${way}.retransmitted`, `tcp.by_direction.${way}.segments`),
  ]),
];

const detected = time('detected_after');
const switched = time('switched_after');
const healed = time('healed_after');
const flowHealed = named('flow', time('flows.*.healed_after'));
const ofFlow = (path: string, whole?: string): MeasureSpec =>
  named('flow', {
    path: `flows.*.${path}`,
    kind: 'count',
    ...(whole === undefined ? {} : { ofFlow: [whole] }),
  });

const EVENT: readonly MeasureSpec[] = [
  detected,
  alias('detect', detected),
  text('detected_by'),
  switched,
  alias('switch', switched),
  healed,
  alias('heal', healed),
  { path: 'refused', kind: 'refusal' },
  ofFlow('lost', 'sent'),
  named('flow', time('flows.*.outage')),
  named('flow', time('flows.*.impairment')),
  flowHealed,
  alias('flows.*.heal', flowHealed),
  ofFlow('sessions_broken', 'sessions.opened'),
  ofFlow('connections_moved', 'connections.opened'),
  ofFlow('connections_affected', 'connections.opened'),
];

const packetsByReason = named('reason', share('dropped_by_reason.*', 'created'));
const dropsByReason = named('reason', share('dropped_by_reason.*', 'dropped'));
const deviceCounts = ['forwarded', 'delivered', 'consumed', 'dropped'].map(count);

/** `packets: all` has the counts of the whole network, `packets: DEVICE` those of one device. */
const PACKETS: readonly MeasureSpec[] = [
  count('created'),
  ...['delivered', 'consumed', 'dropped', 'in_flight'].map((what) => share(what, 'created')),
  packetsByReason,
  alias('dropped_by.*', packetsByReason),
];

const DEVICE: readonly MeasureSpec[] = [
  ...deviceCounts,
  count('retransmitted'),
  dropsByReason,
  alias('dropped_by.*', dropsByReason),
];

const RESOURCE: readonly MeasureSpec[] = [
  text('state'),
  count('changes'),
  ...DEVICE,
  named('any', { path: 'gauges.*', kind: 'number' }),
];

const COST: readonly MeasureSpec[] = [
  { path: 'quantity', kind: 'number' },
  { path: 'amount', kind: 'number' },
];

/** The measures of a subject; `name` tells the packets of a device from those of all. */
function measuresOf(subject: SubjectKind, name: string): readonly MeasureSpec[] {
  switch (subject) {
    case 'flow':
      return FLOW;
    case 'event':
      return EVENT;
    case 'packets':
      return name === 'all' ? PACKETS : DEVICE;
    case 'resource':
      return RESOURCE;
    case 'cost':
      return COST;
  }
}

/** The paths of all subjects, without repetitions, for the schema. */
export function allMeasures(): MeasureSpec[] {
  const byPath = new Map<string, MeasureSpec>();
  for (const spec of [...FLOW, ...EVENT, ...PACKETS, ...RESOURCE, ...COST]) byPath.set(spec.path, spec);
  return [...byPath.values()];
}

export interface FoundMeasure {
  readonly spec: MeasureSpec;
  /** Where the result has it: short names replaced, `*` filled in. */
  readonly path: readonly string[];
}

/** The measure that a path as written means; null if there is none. */
export function findMeasure(
  subject: SubjectKind,
  name: string,
  path: readonly string[],
): FoundMeasure | null {
  for (const spec of measuresOf(subject, name)) {
    const pattern = spec.path.split('.');
    const fits =
      pattern.length === path.length && pattern.every((step, i) => step === '*' || step === path[i]);
    if (!fits) continue;
    const filled = path[pattern.indexOf('*')] ?? '';
    return {
      spec,
      path: (spec.canonical ?? spec.path).split('.').map((step) => (step === '*' ? filled : step)),
    };
  }
  return null;
}

/** What may follow a path as written: keys of the next level, `*` for a name. Empty when nothing starts so. */
export function nextSteps(subject: SubjectKind, name: string, path: readonly string[]): string[] {
  const steps = new Set<string>();
  for (const spec of measuresOf(subject, name)) {
    const pattern = spec.path.split('.');
    const starts = path.every((step, i) => pattern[i] === '*' || pattern[i] === step);
    const next = pattern[path.length];
    if (starts && next !== undefined) steps.add(next);
  }
  return [...steps];
}
