/** Defaults of hosts: TCP and its ports, each named by its sysctl where it has one. */
import { MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { documented, LINUX, type ParameterSpec } from './spec.ts';

export const HOST_PARAMETERS = {
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
} as const satisfies Record<string, ParameterSpec>;
