/** Defaults of the underlay: Internet, regions, links. */
import { MICROSECOND_NS, MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { assumed, documented, LINUX, type ParameterSpec } from './spec.ts';

export const NETWORK_PARAMETERS = {
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
  'internet.sends_icmp_errors': assumed(
    'count',
    1,
    '1: routers of the Internet send ICMP time exceeded and fragmentation needed; 0: they are filtered, as some operators do',
    0,
    1,
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
  'ip.fragment_timeout': documented('duration', 30 * SECOND_NS, `${LINUX}: net.ipv4.ipfrag_time`, SECOND_NS),
  'ip.fragment_memory': documented('size', 4_194_304, `${LINUX}: net.ipv4.ipfrag_high_thresh`, 0),
  'ip.path_mtu_discovery': documented('count', 1, `${LINUX}: net.ipv4.ip_no_pmtu_disc = 0; RFC 1191`, 0, 1),
  'ip.min_path_mtu': documented('size', 552, `${LINUX}: net.ipv4.route.min_pmtu`, 68, 1500),
  'ip.path_mtu_expiry': documented(
    'duration',
    600 * SECOND_NS,
    `${LINUX}: net.ipv4.route.mtu_expires`,
    SECOND_NS,
  ),
  'ip.link_mtu': documented('size', 1500, 'ECS: Set the MTU size', 68, 65535),
} as const satisfies Record<string, ParameterSpec>;
