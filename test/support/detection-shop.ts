/**
 * A shop behind a CLB for tests of detection: a client in Shanghai, the primary zone h, the secondary zone i, backends
 * where the test wants them. One cluster node a zone unless told otherwise, so that a test sees one prober's phase and
 * not the earliest of many; no traffic unless given, so that a run costs little but probes.
 */
import type { RunResult, StateChange } from '../../src/measure/result.ts';
import type { Network } from '../../src/network/network.ts';
import type { NetworkObserver } from '../../src/network/observer.ts';
import { SYN } from '../../src/protocols/tcp-segment.ts';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulate.ts';

/** A health check; times in s. */
export interface Timers {
  readonly interval: number;
  readonly timeout: number;
  readonly unhealthy: number;
  readonly healthy: number;
}

export const TCP_TIMERS: Timers = { interval: 2, timeout: 5, unhealthy: 3, healthy: 3 };
export const UDP_TIMERS: Timers = { interval: 5, timeout: 10, unhealthy: 3, healthy: 3 };

export interface ShopOptions {
  readonly protocol?: 'tcp' | 'udp';
  /** Left out: the listener says nothing and gets its defaults. */
  readonly timers?: Timers;
  /** More of the listener, a line each. */
  readonly listener?: readonly string[];
  readonly nodesPerZone?: number;
  readonly hasSecondaryZone?: boolean;
  /** More entries of `assume`. */
  readonly assume?: string;
  /** Zone letter of each backend, web-1 first. */
  readonly backends?: readonly string[];
  /** Entries of `traffic` and of `events`, a line each. */
  readonly traffic?: readonly string[];
  readonly events: readonly string[];
  /** In s. */
  readonly duration: number;
}

export function shop(options: ShopOptions): Scenario {
  const { protocol = 'tcp', timers, nodesPerZone = 1, hasSecondaryZone = false, assume = '' } = options;
  const { backends = ['h'], listener = [], traffic = [], events, duration } = options;
  const zones = [...new Set(['h', ...(hasSecondaryZone ? ['i'] : []), ...backends])];
  const block = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
  const text = [
    'vpcsim: 1',
    'title: A shop whose backends are checked',
    `duration: ${duration}s`,
    `assume: { clb.cluster_nodes: ${nodesPerZone}${assume === '' ? '' : `, ${assume}`} }`,
    'vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }',
    ...block(
      'vswitches',
      zones.map(
        (zone, i) =>
          `shop-${zone}: { vpc_id: shop, zone_id: cn-hangzhou-${zone}, cidr_block: 10.0.${i}.0/24 }`,
      ),
    ),
    ...block('instances', [
      ...backends.map((zone, i) => `web-${i + 1}: { vswitch_id: shop-${zone} }`),
      'watcher: { vswitch_id: shop-h }',
    ]),
    'clbs:',
    '  front:',
    '    vswitch_id: shop-h',
    ...(hasSecondaryZone ? ['    slave_zone_id: cn-hangzhou-i'] : []),
    '    listeners:',
    '      web:',
    ...[...listenerLines(protocol, timers, backends.length), ...listener].map((line) => `        ${line}`),
    'eips: { front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front } }',
    'clients: { shopper: { city: Shanghai } }',
    ...block('traffic', traffic),
    ...block('events', events),
  ].join('\n');
  return parse(text, 'test/support/detection-shop.yaml');
}

function listenerLines(protocol: string, timers: Timers | undefined, backendCount: number): string[] {
  const weights = Array.from({ length: backendCount }, (_, i) => `web-${i + 1}: 100`);
  const checks =
    timers === undefined
      ? []
      : [
          `health_check_interval: ${timers.interval}s`,
          `health_check_timeout: ${timers.timeout}s`,
          `unhealthy_threshold: ${timers.unhealthy}`,
          `healthy_threshold: ${timers.healthy}`,
        ];
  return [
    `protocol: ${protocol}`,
    'frontend_port: 80',
    'backend_port: 8080',
    ...checks,
    `backend_servers: { ${weights.join(', ')} }`,
  ];
}

export function parse(text: string, file: string): Scenario {
  const parsed = parseScenario(text, { file });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(formatDiagnostic).join('\n'));
  return parsed.scenario;
}

export function run(scenario: Scenario, seed: string | number): RunResult {
  return simulate(scenario, { seed: String(seed) });
}

/** A request that reached a server: whose, and when its SYN left the client. */
export interface Request {
  readonly server: string;
  readonly atNs: number;
}

export function runWithRequests(
  scenario: Scenario,
  seed: string,
): { readonly result: RunResult; readonly requests: readonly Request[] } {
  const requests: Request[] = [];
  const makeObserver = (network: Network): NetworkObserver => ({
    // Probes are consumed; what is delivered with a bare SYN opens a request.
    onDeliver: (device, packet) => {
      if (network.packets.tcpFlags[packet] !== SYN) return;
      const atNs = (network.packets.createdNs[packet] as number) - network.zeroNs;
      requests.push({ server: network.deviceNames[device] as string, atNs });
    },
  });
  return { result: simulate(scenario, { seed, makeObserver }), requests };
}

export const SECOND = 1e9;

/** Round trips of the probes and messages between nodes: what a span may be longer or shorter by. */
const SLACK_NS = 10e6;

/** Seconds, least and most. */
export type Span = readonly [number, number];

/** Why a span in ns is not within bounds in s, or null. */
export function whyOutside(ns: number | null | undefined, [least, most]: Span): string | null {
  if (ns === null || ns === undefined) return `never, not within ${least} to ${most} s`;
  const isInside = ns >= least * SECOND - SLACK_NS && ns <= most * SECOND + SLACK_NS;
  return isInside ? null : `${ns / SECOND} s, not within ${least} to ${most} s`;
}

/** From a change of the server's ways to the verdict of one prober. The first probe of a run comes within an interval. */
export const spans = {
  /** Each miss takes the whole time-out. */
  silent: ({ interval, timeout, unhealthy }: Timers): Span => [
    timeout * unhealthy + interval * (unhealthy - 1),
    timeout * unhealthy + interval * unhealthy,
  ],
  /** Misses take no time. */
  refused: ({ interval, unhealthy }: Timers): Span => [interval * (unhealthy - 1), interval * unhealthy],
  backAfterRefusal: ({ interval, healthy }: Timers): Span => [interval * (healthy - 1), interval * healthy],
  /** A probe that will fail may still be waiting, unless it is of TCP and repeats its SYN. */
  backAfterSilence: ({ interval, timeout, healthy }: Timers): Span => [
    interval * (healthy - 1),
    timeout + interval * healthy,
  ],
  /** UDP: silence is success and takes the whole time-out, so a success may still be waiting. */
  udpRefused: ({ interval, timeout, unhealthy }: Timers): Span => [
    interval * (unhealthy - 1),
    timeout + interval * unhealthy,
  ],
  udpBack: ({ interval, timeout, healthy }: Timers): Span => [
    timeout * healthy + interval * (healthy - 1),
    timeout * healthy + interval * healthy,
  ],
} as const;

/** Changes of one subject since 0 s. */
export function changesOf({ stateChanges }: RunResult, subject: string): StateChange[] {
  return stateChanges.filter((change) => change.subject === subject && change.from !== null);
}
