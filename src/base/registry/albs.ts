/** Defaults of ALB and NLB. */
import { SECOND_NS } from '../units.ts';
import { assumed, documented, type ParameterSpec } from './spec.ts';

const ALB_CHECKS = 'Terraform alicloud_alb_server_group: health_check_config';
const NLB_CHECKS = 'Terraform alicloud_nlb_server_group: health_check';
const NLB_IDLE = 'Terraform alicloud_nlb_listener: idle_timeout, of every protocol';
const ALB_LISTENER = 'Terraform alicloud_alb_listener';

export const ALB_PARAMETERS = {
  'alb.zone_nodes': assumed(
    'count',
    2,
    'several clusters stand behind each address; two nodes show their independence at little cost',
    1,
    16,
  ),
  'alb.health_check_interval': documented('duration', 2 * SECOND_NS, ALB_CHECKS, SECOND_NS, 50 * SECOND_NS),
  'alb.health_check_timeout': documented('duration', 5 * SECOND_NS, ALB_CHECKS, SECOND_NS, 300 * SECOND_NS),
  'alb.unhealthy_threshold': documented('count', 3, ALB_CHECKS, 2, 10),
  'alb.healthy_threshold': documented('count', 3, ALB_CHECKS, 2, 10),
  'alb.idle_timeout': documented(
    'duration',
    15 * SECOND_NS,
    `${ALB_LISTENER}: idle_timeout`,
    SECOND_NS,
    600 * SECOND_NS,
  ),
  'alb.request_timeout': documented(
    'duration',
    60 * SECOND_NS,
    `${ALB_LISTENER}: request_timeout`,
    SECOND_NS,
    600 * SECOND_NS,
  ),
  'alb.cookie_timeout': documented(
    'duration',
    1000 * SECOND_NS,
    'Terraform alicloud_alb_server_group: sticky_session_config, cookie_timeout',
    SECOND_NS,
    86_400 * SECOND_NS,
  ),
  'alb.slow_start_duration': documented(
    'duration',
    30 * SECOND_NS,
    'ALB CreateServerGroup: SlowStartConfig; Terraform alicloud_alb_server_group: slow_start_config',
    30 * SECOND_NS,
    900 * SECOND_NS,
  ),
  'alb.connection_drain_timeout': documented(
    'duration',
    300 * SECOND_NS,
    'Terraform alicloud_alb_server_group: connection_drain_config, connection_drain_timeout',
    0,
    900 * SECOND_NS,
  ),
  'alb.connect_timeout': assumed(
    'duration',
    5 * SECOND_NS,
    'how long a node tries to connect to a server before it answers 504; not settable in the product',
    1,
  ),
  'alb.internet_bandwidth': assumed(
    'bitrate',
    5e9,
    'per zone address; pay-by-traffic addresses are not the bottleneck, their peak is not guaranteed',
    1e3,
  ),

  // NLB.
  'nlb.health_check_interval': documented('duration', 10 * SECOND_NS, NLB_CHECKS, SECOND_NS, 50 * SECOND_NS),
  'nlb.health_check_timeout': documented('duration', 5 * SECOND_NS, NLB_CHECKS, SECOND_NS, 300 * SECOND_NS),
  'nlb.unhealthy_threshold': documented('count', 2, NLB_CHECKS, 2, 10),
  'nlb.healthy_threshold': documented('count', 2, NLB_CHECKS, 2, 10),
  'nlb.tcp_idle_timeout': documented('duration', 900 * SECOND_NS, NLB_IDLE, SECOND_NS, 900 * SECOND_NS),
  'nlb.udp_idle_timeout': documented('duration', 900 * SECOND_NS, NLB_IDLE, SECOND_NS, 900 * SECOND_NS),
  'nlb.connection_drain_timeout': assumed(
    'duration',
    300 * SECOND_NS,
    'up to 900 s, no default published: that of ALB and CLB',
    0,
    900 * SECOND_NS,
  ),
} as const satisfies Record<string, ParameterSpec>;
