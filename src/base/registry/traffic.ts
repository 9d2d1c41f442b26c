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
