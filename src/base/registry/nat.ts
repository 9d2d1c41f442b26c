/** Defaults of what a NAT gateway can carry. Its sessions and ports are among those of the products. */
import { MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { assumed, documented, type ParameterSpec } from './spec.ts';

const ELASTIC = 'NAT Gateway: performance of DNAT, initial capacity';
const CEILING = 'NAT Gateway: performance of DNAT, largest elastic capacity';
const SIZES = 'NAT Gateway "Terms": sizes';
const MOST_CONNECTIONS = 10_000_000;
const MOST_PER_SECOND = 10e6;

const connections = (value: number, source: string) =>
  documented('count', value, source, 1, MOST_CONNECTIONS);
const perSecond = (value: number, source: string) =>
  documented('frequency', value, source, 1, MOST_PER_SECOND);

export const NAT_PARAMETERS = {
  'nat.max_connections': connections(500_000, ELASTIC),
  'nat.max_connection_rate': perSecond(20_000, ELASTIC),
  'nat.max_packet_rate': perSecond(800_000, ELASTIC),
  'nat.max_bandwidth': documented('bitrate', 5e9, `${ELASTIC}; each way (assumed)`, 1e3),
  'nat.elastic_connections': connections(2_000_000, CEILING),
  'nat.elastic_connection_rate': perSecond(100_000, CEILING),
  'nat.elastic_packet_rate': perSecond(2_500_000, CEILING),
  'nat.elastic_bandwidth': documented('bitrate', 15e9, `${CEILING}; each way (assumed)`, 1e3),
  'nat.elastic_delay': assumed(
    'duration',
    60 * SECOND_NS,
    'unpublished: capacity doubles so long after it dropped something, up to its ceiling',
    MILLISECOND_NS,
  ),
  'nat.burst_time': assumed(
    'duration',
    100 * MILLISECOND_NS,
    'bucket depth is unpublished: 100 ms of each rate, and at least one packet',
    0,
  ),
  'nat.heartbeat_interval': assumed(
    'duration',
    SECOND_NS,
    'unpublished: the controller asks each gateway of a pair once a second',
    MILLISECOND_NS,
  ),
  'nat.heartbeat_misses': assumed('count', 3, 'unpublished: hellos without an answer in a row: down', 1, 100),
  'nat.heartbeat_answers': assumed('count', 3, 'unpublished: answers in a row: up again', 1, 100),
  'nat.failover_hold_down': assumed(
    'duration',
    3 * SECOND_NS,
    'unpublished: a gateway that answers again within it keeps its work',
    0,
  ),
  'nat.route_delay': assumed(
    'duration',
    SECOND_NS,
    'unpublished: until routes and EIPs lead to the gateway that took over',
    0,
  ),
  'nat.switches_back': assumed(
    'count',
    0,
    'unpublished; 0: the gateway stays where it is, since a return breaks every session once more; 1: it returns',
    0,
    1,
  ),
  'nat.small_connections': connections(10_000, SIZES),
  'nat.small_connection_rate': perSecond(1_000, SIZES),
  'nat.middle_connections': connections(50_000, SIZES),
  'nat.middle_connection_rate': perSecond(5_000, SIZES),
  'nat.large_connections': connections(200_000, SIZES),
  'nat.large_connection_rate': perSecond(10_000, SIZES),
} as const satisfies Record<string, ParameterSpec>;
