/**
 * The registry of defaults. Every number that a device or protocol falls back on stands here once, either
 * `documented` (the source says it) or `assumed` (the reason says why this value). A scenario overrides any of them
 * under `assume`. Values are in base units: ns, bit/s, bytes, per second, shares from 0 to 1, counts.
 */
import { assert } from './assert.ts';
import type { QuantityKind } from './units.ts';
import { MICROSECOND_NS, MILLISECOND_NS, SECOND_NS } from './units.ts';

export interface ParameterSpec {
  readonly kind: QuantityKind;
  readonly default: number;
  readonly provenance: 'documented' | 'assumed';
  /** Where a documented value is published, or why an assumed one is what it is. */
  readonly source: string;
  readonly min?: number;
  readonly max?: number;
}

const documented = (
  kind: QuantityKind,
  value: number,
  source: string,
  min?: number,
  max?: number,
): ParameterSpec => spec(kind, value, 'documented', source, min, max);
const assumed = (
  kind: QuantityKind,
  value: number,
  source: string,
  min?: number,
  max?: number,
): ParameterSpec => spec(kind, value, 'assumed', source, min, max);

function spec(
  kind: QuantityKind,
  value: number,
  provenance: 'documented' | 'assumed',
  source: string,
  min?: number,
  max?: number,
): ParameterSpec {
  return {
    kind,
    default: value,
    provenance,
    source,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

const CLB_CHECKS = 'CLB: Health check configurations; Terraform alicloud_slb_listener';
const ENI_TRACKING = 'ECS: connection tracking of an ENI';
const NAT_FAQ = 'NAT Gateway FAQ';
const LINUX = 'Linux 6.6';

export const PARAMETERS = {
  // Networks and links.
  'internet.path_factor': assumed(
    'count',
    1.5,
    'fibre routes are 1.3 to 1.6 times the great circle; distances on the ground are not those on a globe',
    1,
    10,
  ),
  'internet.km_per_ms': assumed(
    'count',
    200,
    'light in fibre: two thirds of its speed in a vacuum, rounded',
    1,
    300,
  ),
  'internet.access_latency': assumed('duration', 2 * MILLISECOND_NS, 'last mile of a business line, one way'),
  'internet.access_rate': assumed(
    'bitrate',
    1e9,
    'a client must not be the bottleneck unless the scenario says so',
    1e3,
  ),
  'internet.backbone_rate': assumed(
    'bitrate',
    100e9,
    'the Internet between places is not the bottleneck unless degraded',
    1e3,
  ),
  'region.zone_latency': assumed(
    'duration',
    500 * MICROSECOND_NS,
    'between zones of a region, one way; measured 0.3 to 0.5 ms in Tokyo, under 5 ms nearly everywhere',
  ),
  'region.zone_rate': assumed('bitrate', 100e9, 'zone interconnects are not the bottleneck', 1e3),
  'region.local_latency': assumed(
    'duration',
    60 * MICROSECOND_NS,
    'three such hops give the published same-zone one-way P99 of under 180 us (ECS network FAQ)',
  ),
  'region.local_rate': assumed('bitrate', 25e9, 'burst bandwidth of a current large instance', 1e3),
  'link.queue': assumed(
    'duration',
    50 * MILLISECOND_NS,
    'drop-tail queue of a router port, as time at the line rate',
    0,
  ),
  'link.reorder_delay': assumed(
    'duration',
    MILLISECOND_NS,
    'how long a reordered packet is held back while others pass it',
  ),
  'ip.initial_ttl': documented('count', 64, `${LINUX}: net.ipv4.ip_default_ttl`, 1, 255),
  'ip.link_mtu': documented('size', 1500, 'ECS: Set the MTU size', 68, 65535),

  // EIP.
  'eip.inbound_floor': documented(
    'bitrate',
    10e6,
    'ECS public bandwidth: inbound = max(10 Mbit/s, purchased)',
    0,
  ),
  'eip.default_bandwidth': documented('bitrate', 5e6, 'Terraform alicloud_eip_address: bandwidth', 1e3),
  'eip.burst_time': assumed(
    'duration',
    100 * MILLISECOND_NS,
    'bucket depth is unpublished: 100 ms of the rate',
    0,
  ),
  'eip.burst_floor': assumed('size', 1500, 'a bucket must hold one full packet', 1),

  // CLB.
  'clb.cluster_nodes': assumed(
    'count',
    4,
    'per zone; the per-connection ceiling of bandwidth/(N-1) is published with N = 4',
    1,
    16,
  ),
  'clb.health_check_interval': documented('duration', 2 * SECOND_NS, CLB_CHECKS, SECOND_NS, 50 * SECOND_NS),
  'clb.health_check_timeout': documented('duration', 5 * SECOND_NS, CLB_CHECKS, SECOND_NS, 300 * SECOND_NS),
  'clb.unhealthy_threshold': documented('count', 3, CLB_CHECKS, 2, 10),
  'clb.healthy_threshold': documented('count', 3, CLB_CHECKS, 2, 10),
  'clb.udp_health_check_interval': documented(
    'duration',
    5 * SECOND_NS,
    CLB_CHECKS,
    SECOND_NS,
    50 * SECOND_NS,
  ),
  'clb.udp_health_check_timeout': documented(
    'duration',
    10 * SECOND_NS,
    CLB_CHECKS,
    SECOND_NS,
    300 * SECOND_NS,
  ),
  'clb.verdict_refresh': assumed(
    'duration',
    5 * SECOND_NS,
    'nodes repeat the verdicts they hold, so that a lost message heals',
    MILLISECOND_NS,
  ),
  'clb.verdict_lifetime': assumed(
    'duration',
    16 * SECOND_NS,
    'a verdict not repeated three times in a row is forgotten: its node is gone',
    MILLISECOND_NS,
  ),
  'clb.tcp_idle_timeout': documented(
    'duration',
    900 * SECOND_NS,
    'Terraform alicloud_slb_listener: established_timeout',
    10 * SECOND_NS,
    900 * SECOND_NS,
  ),
  'clb.udp_idle_timeout': documented('duration', 90 * SECOND_NS, 'CLB FAQ: UDP session timeout'),
  'clb.half_open_timeout': assumed('duration', 60 * SECOND_NS, 'LVS keeps sessions in SYN-RECV for 60 s'),
  'clb.closed_timeout': assumed('duration', 5 * SECOND_NS, 'long enough for the last acknowledgements'),
  'clb.internet_bandwidth': assumed(
    'bitrate',
    5e9,
    'a pay-by-traffic instance is not the bottleneck; its peak is not guaranteed',
    1e3,
  ),
  // NAT gateway.
  'nat.tcp_idle_timeout': documented('duration', 900 * SECOND_NS, `${NAT_FAQ}: TCP sessions`),
  'nat.udp_timeout': documented('duration', 60 * SECOND_NS, `${NAT_FAQ}: UDP sessions`),
  'nat.icmp_timeout': assumed('duration', 30 * SECOND_NS, `unpublished; ${LINUX}: nf_conntrack_icmp_timeout`),
  'nat.half_open_timeout': assumed(
    'duration',
    30 * SECOND_NS,
    'unpublished: as long as a client that repeats its SYN five times still tries',
  ),
  'nat.closed_timeout': assumed('duration', 5 * SECOND_NS, 'long enough for the last acknowledgements'),
  'nat.ports_per_destination': documented(
    'count',
    55_000,
    'NAT Gateway limits: concurrent connections per EIP towards one address and port',
    1,
    65535,
  ),
  'nat.port_first': assumed(
    'count',
    1025,
    'unpublished; forwarding a port above 1024 of an EIP that SNAT uses needs port_break',
    1,
    32767,
  ),
  'nat.port_last': assumed('count', 65535, 'unpublished: the end of the port space', 32768, 65535),
  'nat.skips_full_eip': assumed(
    'count',
    1,
    '1: a connection whose EIP has no port left takes another of its pool, as N EIPs carry N x 55,000; 0: it fails',
    0,
    1,
  ),
  'management.latency': assumed(
    'duration',
    500 * MICROSECOND_NS,
    'the management network spans the zones of a region',
  ),

  // ECS.
  'ecs.boot_time': assumed(
    'duration',
    0,
    'a restored machine answers at once; set it to study slow boots',
    0,
  ),
  'ecs.session_timeout': documented('duration', 910 * SECOND_NS, `${ENI_TRACKING}, TCP established`),
  'ecs.session_half_open_timeout': assumed(
    'duration',
    60 * SECOND_NS,
    `unpublished; ${LINUX}: net.netfilter.nf_conntrack_tcp_timeout_syn_recv`,
    SECOND_NS,
  ),
  'ecs.session_closed_timeout': documented(
    'duration',
    3 * SECOND_NS,
    `${ENI_TRACKING}, TCP closed or in TIME_WAIT`,
    3 * SECOND_NS,
    15 * SECOND_NS,
  ),
  'ecs.session_udp_timeout': documented(
    'duration',
    30 * SECOND_NS,
    `${ENI_TRACKING}, UDP`,
    10 * SECOND_NS,
    100 * SECOND_NS,
  ),
  'ecs.session_icmp_timeout': assumed(
    'duration',
    30 * SECOND_NS,
    `unpublished; ${LINUX}: net.netfilter.nf_conntrack_icmp_timeout`,
    SECOND_NS,
  ),
  'ecs.balanced_session_closed_timeout': documented(
    'duration',
    15 * SECOND_NS,
    `${ENI_TRACKING}, TCP closed or in TIME_WAIT, behind NLB or CLB`,
    3 * SECOND_NS,
    15 * SECOND_NS,
  ),
  'ecs.balanced_session_udp_timeout': documented(
    'duration',
    100 * SECOND_NS,
    `${ENI_TRACKING}, UDP, behind NLB or CLB`,
    10 * SECOND_NS,
    100 * SECOND_NS,
  ),
  'ecs.unfiltered': assumed(
    'count',
    1,
    'an instance without security_groups is not filtered (1); 0: like one alone in a basic group without rules',
    0,
    1,
  ),

  // Hosts.
  'tcp.syn_retries': documented('count', 6, `${LINUX}: net.ipv4.tcp_syn_retries`, 0, 127),
  'tcp.syn_linear_timeouts': documented('count', 4, `${LINUX}: net.ipv4.tcp_syn_linear_timeouts`, 0, 127),
  'tcp.synack_retries': documented('count', 5, `${LINUX}: net.ipv4.tcp_synack_retries`, 0, 127),
  'tcp.retries': documented('count', 15, `${LINUX}: net.ipv4.tcp_retries2`, 0, 127),
  'tcp.initial_rto': documented(
    'duration',
    SECOND_NS,
    `RFC 6298 section 2.1; ${LINUX}: TCP_TIMEOUT_INIT`,
    MILLISECOND_NS,
  ),
  'tcp.min_rto': documented(
    'duration',
    200 * MILLISECOND_NS,
    `${LINUX}: TCP_RTO_MIN (RFC 6298 says 1 s)`,
    MILLISECOND_NS,
  ),
  'tcp.max_rto': documented('duration', 120 * SECOND_NS, `${LINUX}: TCP_RTO_MAX`, SECOND_NS),
  'tcp.mss': documented('size', 1460, 'RFC 6691: MTU 1500 less 40', 88, 65495),
  'tcp.initial_window': documented('count', 10, `RFC 6928; ${LINUX}: TCP_INIT_CWND, in segments`, 1, 1000),
  'tcp.receive_window': documented('size', 65535, 'RFC 9293: largest window without scaling', 1, 1073741823),
  'tcp.time_wait': documented('duration', 60 * SECOND_NS, `${LINUX}: TCP_TIMEWAIT_LEN`, 0),
  'host.ephemeral_first': documented('count', 32768, `${LINUX}: net.ipv4.ip_local_port_range`, 1024, 65535),
  'host.ephemeral_last': documented('count', 60999, `${LINUX}: net.ipv4.ip_local_port_range`, 1024, 65535),

  // Traffic and measurement.
  'traffic.ping_timeout': assumed('duration', SECOND_NS, 'an echo that late is as good as lost'),
  'traffic.udp_timeout': assumed(
    'duration',
    SECOND_NS,
    'a datagram older than this is of no use to its application',
  ),
  'traffic.http_timeout': assumed('duration', 5 * SECOND_NS, 'a common client setting'),
  'traffic.ping_size': documented('size', 84, 'iputils ping: 56 B of data'),
  'traffic.udp_size': assumed('size', 1000, 'IP length of a datagram'),
  'traffic.http_request_size': assumed('size', 400, 'request line and headers'),
  'traffic.http_response_size': assumed('size', 1000, 'a small answer; set size for others'),
  'traffic.http_error_size': assumed('size', 200, 'a short error page', 1),
  'fault.slow_response': assumed(
    'duration',
    10 * SECOND_NS,
    'how long a server with fault slow takes for an answer',
    0,
  ),
  'measure.quiet': documented(
    'duration',
    SECOND_NS,
    'definition of an impairment in docs/RESULTS.md',
    MILLISECOND_NS,
  ),
} as const satisfies Record<string, ParameterSpec>;

export type ParameterId = keyof typeof PARAMETERS;

export function isParameterId(text: string): text is ParameterId {
  return Object.hasOwn(PARAMETERS, text);
}

export function parameterIds(): ParameterId[] {
  return Object.keys(PARAMETERS) as ParameterId[];
}

export function parameterSpec(id: ParameterId): ParameterSpec {
  return PARAMETERS[id];
}

/** A parameter as the result lists it. */
export interface ParameterInPlay {
  readonly id: string;
  readonly value: number;
  readonly provenance: 'documented' | 'assumed' | 'scenario';
  readonly source: string;
}

/** The values of one run: defaults under what the scenario assumes. Remembers which were asked for. */
export class ParameterValues {
  private readonly overrides: Readonly<Record<string, number>>;
  private readonly inPlay = new Set<ParameterId>();

  constructor(overrides: Readonly<Record<string, number>> = {}) {
    for (const id of Object.keys(overrides))
      assert(isParameterId(id), `unknown parameter '${id}' passed the checks`);
    this.overrides = overrides;
  }

  get(id: ParameterId): number {
    this.inPlay.add(id);
    return Object.hasOwn(this.overrides, id) ? (this.overrides[id] as number) : parameterSpec(id).default;
  }

  /** Those in play, by id. */
  describe(): ParameterInPlay[] {
    return [...this.inPlay].sort().map((id) => {
      const { provenance, source } = parameterSpec(id);
      const isSet = Object.hasOwn(this.overrides, id);
      return { id, value: this.get(id), provenance: isSet ? 'scenario' : provenance, source };
    });
  }
}
