/** Kinds of flows, and which keys of a flow each kind takes beyond those of all: kind, from, to, timeout. */

const OPEN_LOOP = ['rate', 'arrivals', 'on', 'off'] as const;

const KEYS = {
  ping: [...OPEN_LOOP, 'size'],
  udp: [...OPEN_LOOP, 'connections', 'size', 'trace'],
  http: [
    ...OPEN_LOOP,
    'users',
    'think_time',
    'keep_alive',
    'connections',
    'reuse',
    'idle_timeout',
    'size',
    'request_size',
    'response_size',
    'connect_timeout',
    'host',
    'path',
    'retries',
  ],
  dns: OPEN_LOOP,
  traceroute: [...OPEN_LOOP, 'method', 'max_hops', 'probes'],
  sessions: [
    'connections',
    'open_rate',
    'arrivals',
    'heartbeat',
    'duration',
    'size',
    'response_size',
    'reconnect',
    'keepalive',
    'user_timeout',
  ],
  tcp: [
    'connections',
    'size',
    'rate',
    'congestion',
    'receive_buffer',
    'reconnect',
    'keepalive',
    'user_timeout',
  ],
} as const satisfies Record<string, readonly string[]>;

export type FlowKind = keyof typeof KEYS;

export const FLOW_KINDS = Object.keys(KEYS) as [FlowKind, ...FlowKind[]];

const COMMON: readonly string[] = ['kind', 'from', 'to', 'timeout'];
/** Of all kinds that connect or send to a name; queries are what kind dns consists of. */
const NAMES: readonly string[] = ['dns', 'dns_cache'];

export function takesKey(kind: FlowKind, key: string): boolean {
  if (NAMES.includes(key)) return kind !== 'dns';
  return COMMON.includes(key) || (KEYS[kind] as readonly string[]).includes(key);
}

/** Kinds that take the key, for a message. */
export function kindsWith(key: string): string {
  return FLOW_KINDS.filter((kind) => takesKey(kind, key)).join(', ');
}
