/** Defaults of products: EIP, CLB, NAT gateway, ECS. */
import { MICROSECOND_NS, MILLISECOND_NS, SECOND_NS } from '../units.ts';
import { assumed, documented, LINUX, type ParameterSpec } from './spec.ts';

const CLB_CHECKS = 'CLB: Health check configurations; Terraform alicloud_slb_listener';
const ENI_TRACKING = 'ECS: connection tracking of an ENI';
const KEEPALIVED = 'keepalived.conf';
const NAT_FAQ = 'NAT Gateway FAQ';

export const PRODUCT_PARAMETERS = {
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

  // Floating addresses, and keepalived on the instances that have them.
  'havip.update_delay': assumed(
    'duration',
    100 * MILLISECOND_NS,
    'from the announcement of a new holder to the VPC sending there: unpublished, taken for that of a route',
    0,
  ),
  'vrrp.advert_int': documented(
    'duration',
    SECOND_NS,
    `RFC 5798 section 5.2.7; ${KEEPALIVED}: advert_int`,
    10 * MILLISECOND_NS,
    40_950 * MILLISECOND_NS,
  ),
  'vrrp.priority': documented('count', 100, `RFC 5798 section 5.2.4; ${KEEPALIVED}: priority`, 1, 254),
  'vrrp.arp_repeat': documented(
    'duration',
    5 * SECOND_NS,
    `${KEEPALIVED}: garp_master_delay`,
    MILLISECOND_NS,
  ),
  'vrrp.arp_refresh': documented('duration', 0, `${KEEPALIVED}: garp_master_refresh; 0: never`, 0),

  // Bandwidth plans.
  'eip.plan_servers': documented(
    'count',
    4,
    'Internet Shared Bandwidth "Limits": a connection gets plan/servers at most, 2000/4 in its example',
    1,
    64,
  ),

  // Costs.
  'cost.hours_per_month': assumed('count', 720, 'a month of 30 days', 1, 744),

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
  'clb.health_check_page': assumed(
    'size',
    1000,
    'body of a page made for health checks that ask with GET; with HEAD there is none',
    0,
    1e6,
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
  'clb.hello_interval': assumed(
    'duration',
    SECOND_NS,
    'unpublished: nodes announce the address of their CLB to routers as with the shortest keepalives of BGP',
    10 * MILLISECOND_NS,
  ),
  'clb.hello_hold': assumed(
    'duration',
    3 * SECOND_NS,
    'unpublished: three intervals, the shortest hold time of BGP',
    10 * MILLISECOND_NS,
  ),
  'clb.route_delay': assumed(
    'duration',
    SECOND_NS,
    'unpublished: from learning who has an address to sending packets there',
    0,
  ),
  'clb.session_sync_interval': assumed(
    'duration',
    SECOND_NS,
    'unpublished; IPVS looks once a second at what it has to tell of its connections',
    10 * MILLISECOND_NS,
  ),
  'clb.session_refresh': assumed(
    'duration',
    60 * SECOND_NS,
    'a long connection is told of again, so that it does not end on nodes that see none of its packets',
    SECOND_NS,
  ),
  'clb.heartbeat_interval': assumed(
    'duration',
    SECOND_NS,
    'unpublished: the controller of a region asks every node of its clusters',
    10 * MILLISECOND_NS,
  ),
  'clb.heartbeat_hold': assumed(
    'duration',
    10 * SECOND_NS,
    'unpublished: ten heartbeats in a row, since failing over breaks every connection',
    10 * MILLISECOND_NS,
  ),
  'clb.failover_hold_down': assumed(
    'duration',
    15 * SECOND_NS,
    'unpublished; together with the other times of a failover it keeps within what is published for its whole',
    0,
  ),
  'clb.switch_back_delay': assumed(
    'duration',
    20 * SECOND_NS,
    'unpublished: nodes that return need verdicts on their servers first',
    0,
  ),
  'clb.connection_drain_timeout': assumed(
    'duration',
    300 * SECOND_NS,
    'the example of the API reference; 10 s to 900 s are documented',
    10 * SECOND_NS,
    900 * SECOND_NS,
  ),
  'clb.cps_burst': assumed(
    'duration',
    SECOND_NS,
    'new connections are counted by the second',
    MILLISECOND_NS,
  ),
  'clb.persistence_timeout': documented(
    'duration',
    0,
    'Terraform alicloud_slb_listener: persistence_timeout; 0 is off',
    0,
    3600 * SECOND_NS,
  ),
  'clb.udp_removal_delay': documented(
    'duration',
    300 * SECOND_NS,
    'CLB "Add a UDP listener": removing a server, or weight 0, takes effect after about 5 minutes',
    0,
  ),
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
  'nat.fragments': documented(
    'count',
    1,
    'NAT Gateway FAQ: fragments of TCP, UDP and ICMP are handled; 0 is the older edition ("Terms": not supported)',
    0,
    1,
  ),
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
  'ecs.limit_burst_time': assumed(
    'duration',
    10 * MILLISECOND_NS,
    'how limits of instance types are measured is unpublished: 10 ms of the rate, and a full packet at least',
    0,
  ),
  'ecs.blocks_smtp': documented(
    'count',
    1,
    'ECS: outbound TCP port 25 to the Internet is blocked; 0: unblocked on request',
    0,
    1,
  ),
  'ecs.unfiltered': assumed(
    'count',
    1,
    'an instance without security_groups is not filtered (1); 0: like one alone in a basic group without rules',
    0,
    1,
  ),
} as const satisfies Record<string, ParameterSpec>;
