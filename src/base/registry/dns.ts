/** Defaults of the Domain Name System: records, resolvers, clients, health checks of records. */
import { SECOND_NS } from '../units.ts';
import { assumed, documented, type ParameterSpec } from './spec.ts';

const DAY_NS = 86_400 * SECOND_NS;

export const DNS_PARAMETERS = {
  'dns.ttl': documented(
    'duration',
    600 * SECOND_NS,
    'ROS ALIYUN::DNS::DomainRecord: TTL (DNS "TTL definition": 1 to 86,400 s in the ultimate edition)',
    SECOND_NS,
    DAY_NS,
  ),
  'dns.client_timeout': documented('duration', 5 * SECOND_NS, 'resolv.conf(5): timeout', SECOND_NS),
  'dns.client_attempts': documented('count', 2, 'resolv.conf(5): attempts', 1, 5),
  'dns.ignored_ttl': assumed(
    'duration',
    1800 * SECOND_NS,
    'processes that keep answers of their own accord do so for minutes to for ever; set dns_cache for others',
    0,
  ),
  'dns.resolver_min_ttl': documented('duration', 0, 'unbound.conf(5): cache-min-ttl', 0, DAY_NS),
  'dns.resolver_max_ttl': documented('duration', DAY_NS, 'unbound.conf(5): cache-max-ttl', 0),
  'dns.resolver_timeout': assumed(
    'duration',
    2 * SECOND_NS,
    'a resolver gives up on the authoritative server before its own clients give up on it',
    1,
  ),
  'dns.resolver_attempts': assumed('count', 2, 'one repetition, as clients do', 1, 10),
  'dns.health_check_interval': documented(
    'duration',
    60 * SECOND_NS,
    'Global Traffic Manager "TCP-based health check": 1 minute',
    SECOND_NS,
  ),
  'dns.health_check_timeout': assumed(
    'duration',
    5 * SECOND_NS,
    'the value of the example in Global Traffic Manager "Enable health check"',
    1,
  ),
  'dns.unhealthy_threshold': assumed(
    'count',
    3,
    'EvaluationCount in the example of DescribeGtmMonitorConfig: consecutive failures',
    1,
    10,
  ),
  'dns.healthy_threshold': assumed(
    'count',
    1,
    'Global Traffic Manager publishes a count of failures only: the first success counts',
    1,
    10,
  ),
  'dns.verdict_refresh': assumed(
    'duration',
    5 * SECOND_NS,
    'how often the probe node repeats its verdicts to the authoritative server, so that a lost one heals',
    1,
  ),
} as const satisfies Record<string, ParameterSpec>;
