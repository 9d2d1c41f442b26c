/** Defaults of hosts: TCP and its ports, each named by its sysctl where it has one. 1 stands for on, 0 for off. */
import { MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { documented, LINUX, type ParameterSpec } from './spec.ts';

const sysctl = (name: string): string => `${LINUX}: net.ipv4.${name}`;
const GIB = 1073741824;

/** When a connection gives up, and how long it waits before it tries again. */
const TIMES = {
  'tcp.syn_retries': documented('count', 6, sysctl('tcp_syn_retries'), 0, 127),
  'tcp.syn_linear_timeouts': documented('count', 4, sysctl('tcp_syn_linear_timeouts'), 0, 127),
  'tcp.synack_retries': documented('count', 5, sysctl('tcp_synack_retries'), 0, 127),
  'tcp.retries': documented('count', 15, `${sysctl('tcp_retries2')}, as a time: 924.6 s`, 0, 127),
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
  'tcp.time_wait': documented('duration', 60 * SECOND_NS, `${LINUX}: TCP_TIMEWAIT_LEN`, 0),
  'tcp.fin_timeout': documented('duration', 60 * SECOND_NS, sysctl('tcp_fin_timeout'), 0),
  'tcp.keepalive_time': documented('duration', 7200 * SECOND_NS, sysctl('tcp_keepalive_time'), SECOND_NS),
  'tcp.keepalive_interval': documented(
    'duration',
    75 * SECOND_NS,
    sysctl('tcp_keepalive_intvl'),
    MILLISECOND_NS,
  ),
  'tcp.keepalive_probes': documented('count', 9, sysctl('tcp_keepalive_probes'), 1, 127),
} as const satisfies Record<string, ParameterSpec>;

/** How much a connection sends, and how it finds out what was lost. */
const SENDING = {
  'tcp.mss': documented('size', 1460, 'RFC 6691: MTU 1500 less 40', 88, 65495),
  'tcp.initial_window': documented('count', 10, `RFC 6928; ${LINUX}: TCP_INIT_CWND, in segments`, 1, 1000),
  'tcp.cubic': documented('count', 1, `${sysctl('tcp_congestion_control')}; 1: cubic, 0: newreno`, 0, 1),
  'tcp.reordering': documented('count', 3, `${sysctl('tcp_reordering')}; RFC 5681: DupThresh`, 1, 300),
  'tcp.tail_loss_probe': documented(
    'count',
    1,
    `${sysctl('tcp_early_retrans')} (3); RFC 8985 section 7`,
    0,
    1,
  ),
  'tcp.rack': documented(
    'count',
    1,
    `${sysctl('tcp_recovery')} (1); RFC 8985 section 6.2: what was overtaken is lost min RTT / 4 later`,
    0,
    1,
  ),
  'tcp.slow_start_after_idle': documented('count', 1, sysctl('tcp_slow_start_after_idle'), 0, 1),
} as const satisfies Record<string, ParameterSpec>;

/** What a connection takes, and how it acknowledges. */
const RECEIVING = {
  'tcp.sack': documented('count', 1, sysctl('tcp_sack'), 0, 1),
  'tcp.timestamps': documented('count', 1, sysctl('tcp_timestamps'), 0, 1),
  'tcp.window_scaling': documented('count', 1, sysctl('tcp_window_scaling'), 0, 1),
  'tcp.receive_buffer': documented('size', 6291456, `${sysctl('tcp_rmem')}[2], taken at once`, 2304, GIB),
  'tcp.initial_receive_window': documented(
    'size',
    64240,
    `${LINUX}: tcp_select_initial_window, 44 whole segments of half of net.ipv4.tcp_rmem[1]`,
    1,
    65535,
  ),
  'tcp.delayed_ack': documented('duration', 40 * MILLISECOND_NS, `${LINUX}: TCP_DELACK_MIN`, 0, SECOND_NS),
  'tcp.quick_acks': documented('count', 16, `${LINUX}: TCP_MAX_QUICKACKS`, 0, 1000),
  'tcp.invalid_ack_interval': documented(
    'duration',
    500 * MILLISECOND_NS,
    sysctl('tcp_invalid_ratelimit'),
    0,
  ),
} as const satisfies Record<string, ParameterSpec>;

export const HOST_PARAMETERS = {
  ...TIMES,
  ...SENDING,
  ...RECEIVING,
  'host.ephemeral_first': documented('count', 32768, sysctl('ip_local_port_range'), 1024, 65535),
  'host.ephemeral_last': documented('count', 60999, sysctl('ip_local_port_range'), 1024, 65535),
} as const satisfies Record<string, ParameterSpec>;
