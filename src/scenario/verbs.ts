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
] as const;

const RECORD_SETTINGS = ['ttl', 'policy', 'values'] as const;

export const VERBS = {
  fail: ['how', 'direction'],
  restore: [],
  flap: ['down', 'up', 'times', 'how', 'direction'],
  degrade: [...DEGRADATIONS, 'share', 'direction'],
  set: [
    'bandwidth',
    'bandwidth_package_bandwidth',
    ...LISTENER_SETTINGS,
    'weight',
    'snat_ip',
    ...RECORD_SETTINGS,
  ],
  associate: ['with'],
  disassociate: [],
  convert: [],
  add: ['weight', 'bandwidth_package_bandwidth'],
  remove: [],
} as const satisfies Record<string, readonly string[]>;

export type Verb = keyof typeof VERBS;

/** Which of the attributes of `set` each kind of path takes. */
export const SETTABLE = {
  eip: ['bandwidth'],
  plan: ['bandwidth'],
  'plan-member': ['bandwidth_package_bandwidth'],
  listener: LISTENER_SETTINGS,
  server: ['weight'],
  'snat-entry': ['snat_ip'],
  record: RECORD_SETTINGS,
} as const;
