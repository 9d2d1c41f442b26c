/** The verbs of events and the options each takes. */
export const MACHINE_FAULTS = ['power-off', 'refuse', 'hang', 'error', 'slow'] as const;
export const LINK_FAULTS = ['silent', 'signalled'] as const;

export const DEGRADATIONS = ['loss', 'latency', 'jitter', 'rate', 'corrupt', 'reorder'] as const;

const LISTENER_SETTINGS = [
  'scheduler',
  'health_check_interval',
  'health_check_timeout',
  'unhealthy_threshold',
  'healthy_threshold',
  'health_check_connect_port',
  'backend_servers',
  'connection_drain',
  'connection_drain_timeout',
  'persistence_timeout',
] as const;

export const NAT_SPECIFICATIONS = ['Small', 'Middle', 'Large'] as const;

/** What an event says of an entry that it adds to a NAT gateway. */
export const NAT_ENTRY = [
  'source_vswitch_id',
  'source_cidr',
  'snat_ip',
  'eip_affinity',
  'external_ip',
  'external_port',
  'ip_protocol',
  'internal_ip',
  'internal_port',
  'port_break',
] as const;

const RECORD_SETTINGS = ['ttl', 'policy', 'values'] as const;
export const RULE_PROTOCOLS = ['tcp', 'udp', 'icmp', 'all'] as const;
export const FORWARD_PROTOCOLS = ['tcp', 'udp', 'any'] as const;
export const ACCESS_POLICIES = ['accept', 'drop'] as const;
const ACL_SETTINGS = ['ingress_acl_entries', 'egress_acl_entries', 'resources'] as const;
const ACL_ENTRY = ['protocol', 'port', 'policy', 'source_cidr_ip', 'destination_cidr_ip'] as const;
const ROUTE_ENTRY = ['destination_cidrblock', 'nexthop_type', 'nexthop_id'] as const;
const RULE = [
  'type',
  'ip_protocol',
  'port_range',
  'policy',
  'priority',
  'cidr_ip',
  'source_security_group_id',
] as const;

export const VERBS = {
  fail: ['how', 'direction'],
  restore: [],
  flap: ['down', 'up', 'times', 'how', 'direction'],
  degrade: [...DEGRADATIONS, 'share', 'direction'],
  set: [
    'bandwidth',
    'load_balancer_spec',
    'bandwidth_package_bandwidth',
    ...LISTENER_SETTINGS,
    'weight',
    'snat_ip',
    'specification',
    ...RECORD_SETTINGS,
    ...ACL_SETTINGS,
    'priority',
    'inner_access_policy',
    'security_groups',
  ],
  associate: ['with'],
  disassociate: [],
  convert: [],
  add: ['weight', 'bandwidth_package_bandwidth', ...NAT_ENTRY, ...RULE, ...ACL_ENTRY, ...ROUTE_ENTRY],
  remove: [],
} as const satisfies Record<string, readonly string[]>;

export type Verb = keyof typeof VERBS;

/** Which of the attributes of `set` each kind of path takes. */
export const SETTABLE = {
  eip: ['bandwidth'],
  plan: ['bandwidth'],
  'plan-member': ['bandwidth_package_bandwidth'],
  clb: ['bandwidth', 'load_balancer_spec'],
  listener: ['bandwidth', ...LISTENER_SETTINGS],
  server: ['weight'],
  'snat-entry': ['snat_ip'],
  'nat-gateway': ['specification'],
  record: RECORD_SETTINGS,
  'network-acl': ACL_SETTINGS,
  'network-acl-entry': ['policy'],
  'security-group': ['inner_access_policy'],
  'security-group-rule': ['policy', 'priority'],
  instance: ['security_groups'],
} as const;

/** Which of the attributes of `add` each kind of thing takes. */
export const ADDABLE = {
  server: ['weight'],
  zone: [],
  'plan-member': ['bandwidth_package_bandwidth'],
  'nat-entry': NAT_ENTRY,
  'network-acl-entry': ACL_ENTRY,
  'security-group-rule': RULE,
  'route-entry': ROUTE_ENTRY,
} as const;
