/** Kinds of flows, and which keys of a flow each kind takes beyond those of all: kind, from, to, timeout. */

const KEYS = {
  ping: ['rate', 'arrivals', 'size'],
  udp: ['rate', 'arrivals', 'connections', 'size'],
  dns: ['rate', 'arrivals'],
  http: ['rate', 'arrivals', 'connections', 'keep_alive', 'size'],
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
