/** Defaults of traffic, faults and measurement. */
import { MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { assumed, documented, type ParameterSpec } from './spec.ts';

/** Of its retry policy for HTTP. */
const ENVOY = 'Envoy route_components.proto';

export const TRAFFIC_PARAMETERS = {
  'traffic.ping_timeout': assumed('duration', SECOND_NS, 'an echo that late is as good as lost'),
  'traffic.udp_timeout': assumed(
    'duration',
    SECOND_NS,
    'a datagram older than this is of no use to its application',
  ),
  'traffic.http_timeout': assumed('duration', 5 * SECOND_NS, 'a common client setting'),
  'traffic.traceroute_timeout': documented(
    'duration',
    5 * SECOND_NS,
    'Linux traceroute 2.1: -w',
    MILLISECOND_NS,
  ),
  'traffic.traceroute_size': documented('size', 60, 'Linux traceroute 2.1: packet length', 29, 1500),
  'traffic.traceroute_max_hops': documented('count', 30, 'Linux traceroute 2.1: -m', 1, 255),
  'traffic.traceroute_probes': documented('count', 3, 'Linux traceroute 2.1: -q', 1, 10),
  'traffic.traceroute_simultaneous': documented('count', 16, 'Linux traceroute 2.1: -N', 1, 512),
  'traffic.dns_timeout': assumed(
    'duration',
    10 * SECOND_NS,
    'two attempts of 5 s, after which the library gives up',
  ),
  'traffic.ping_size': documented('size', 84, 'iputils ping: 56 B of data'),
  'traffic.udp_size': assumed('size', 1000, 'IP length of a datagram'),
  'traffic.http_request_size': assumed('size', 400, 'request line and headers'),
  'traffic.http_response_size': assumed('size', 1000, 'a small answer; set size for others'),
  'traffic.http_error_size': assumed('size', 200, 'a short error page', 1),
  'traffic.http_retries': documented('count', 1, `${ENVOY}: num_retries`, 0, 100),
  'traffic.http_retry_base_interval': documented(
    'duration',
    25 * MILLISECOND_NS,
    `${ENVOY}: retry_back_off.base_interval`,
    1,
  ),
  'traffic.http_retry_max_factor': documented(
    'count',
    10,
    `${ENVOY}: retry_back_off.max_interval, as a multiple of base_interval`,
    1,
  ),
  'traffic.http_failure_pause': assumed(
    'duration',
    MILLISECOND_NS,
    'from one request of a user to the next if it fails at once: a program needs time even to fail',
    1000,
  ),
  'traffic.session_timeout': assumed('duration', 5 * SECOND_NS, 'as for HTTP: a common client setting'),
  'traffic.session_heartbeat': assumed(
    'duration',
    30 * SECOND_NS,
    'below the 60 s after which many proxies cut an idle connection',
    MILLISECOND_NS,
  ),
  'traffic.session_open_rate': assumed(
    'frequency',
    1000,
    'a program that is started opens what it needs at once; spread so that no queue overflows',
    0.000001,
  ),
  'traffic.message_size': assumed('size', 100, 'a heartbeat or a small query', 1),
  'traffic.message_answer_size': assumed('size', 100, 'an acknowledgement or a small row', 1),
  'traffic.message_error_size': assumed('size', 50, 'an error code and its text', 1),
  'traffic.reconnect_delay': assumed('duration', SECOND_NS, 'first wait of a client that backs off', 1),
  'traffic.reconnect_max_delay': assumed('duration', 30 * SECOND_NS, 'longest wait of such a client', 1),
  'traffic.bulk_timeout': assumed(
    'duration',
    30 * SECOND_NS,
    'a transfer without progress for so long is one that people give up on',
  ),
  'traffic.bulk_unsent': assumed(
    'size',
    131_072,
    'what a bulk sender keeps ready beyond what is under way, so that TCP is never short of data',
    2_000,
  ),
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
  'measure.series_step': assumed(
    'duration',
    SECOND_NS,
    'fine enough to see a failover, coarse enough to read; a run of very many steps has longer ones',
    MILLISECOND_NS,
  ),
} as const satisfies Record<string, ParameterSpec>;
