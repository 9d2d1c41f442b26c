/** Flows: who sends what to whom, how much of it, and which ports that implies at the far end. */
import { formatSize, parseQuantity } from '../base/units.ts';
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import type { SectionName } from './names.ts';
import { booleanOf, integerOf, limitedQuantity, optional, textItems, textOf, wordOf } from './reading.ts';
import type { Clb, Eip, TrafficFlow } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

export const FLOW_KINDS = ['ping', 'udp', 'http'] as const;
type FlowKind = (typeof FLOW_KINDS)[number];

/** Units per second of one flow: beyond this no run ends. */
const MAX_RATE = 10_000_000;
/** IPv4 and UDP or ICMP headers with one byte of data; the MTU. */
const PACKET_SIZES = { min: 29, max: 1500 } as const;
/** Connections of one flow, in all and per sender: a host has 28,232 ports towards one destination. */
const MAX_CONNECTIONS = 1_000_000;
const MAX_CONNECTIONS_PER_SENDER = 28_000;
const RESPONSE_SIZES = { min: 1, max: 1e9 } as const;

const SENDERS = ['instances', 'clients', 'internet_hosts'] as const satisfies readonly SectionName[];
const RECEIVERS = [
  'instances',
  'clbs',
  'eips',
  'clients',
  'internet_hosts',
] as const satisfies readonly SectionName[];

export interface TrafficInputs {
  readonly check: Check;
  readonly clbs: ReadonlyMap<string, Pick<Clb, 'listeners'>>;
  readonly eips: ReadonlyMap<string, Pick<Eip, 'target'>>;
  /** What events associate with an EIP; an entry, even an empty one, means that its target changes. */
  readonly associations: ReadonlyMap<string, readonly string[]>;
  readonly ports: ListenPorts;
}

export function lowerTraffic(inputs: TrafficInputs): TrafficFlow[] {
  return inputs.check.names
    .inSections('traffic')
    .flatMap(({ name, value }) => lowerFlow(inputs, name, value) ?? []);
}

function lowerFlow(inputs: TrafficInputs, name: string, value: Tree): TrafficFlow | undefined {
  const { check } = inputs;
  const { diagnostics } = check;
  const kind = wordOf(child(value, 'kind'), FLOW_KINDS);
  const from = sendersOf(check, value);
  const timeout = limitedQuantity(child(value, 'timeout'), 'duration', { isPositive: true }, diagnostics);
  // The rest depends on the kind, whose absence has been reported.
  if (kind === undefined) return undefined;
  const to = destinationOf(inputs, value, kind);
  const sizeLimits = kind === 'http' ? RESPONSE_SIZES : PACKET_SIZES;
  const sizeNode = child(value, 'size');
  const size = sizeOf(check, sizeNode, sizeLimits, kind);
  const rate = rateOf(check, name, value, kind, size);
  const keepAlive = booleanOf(child(value, 'keep_alive')) ?? false;
  const keepAliveNode = child(value, 'keep_alive');
  if (keepAliveNode !== undefined && kind !== 'http') {
    diagnostics.error('not-applicable', keepAliveNode.span, `keep_alive does not apply to ${kind}`, {
      expected: 'kind: http',
    });
  }
  const connections = connectionsOf(check, value, kind, keepAlive, from.length);
  if (to !== undefined && from.includes(to.name)) {
    diagnostics.error('bad-value', to.span, `flow '${name}' goes from '${to.name}' to itself`, {
      expected: 'a destination other than its senders',
    });
  }
  if (to === undefined || rate === undefined || from.length === 0) return undefined;
  const arrivals = wordOf(child(value, 'arrivals'), ['constant', 'poisson'] as const) ?? 'constant';
  const options = { ...optional('sizeBytes', size), ...optional('timeoutNs', timeout) };
  return {
    name,
    kind,
    from,
    to: to.name,
    port: to.port,
    ratePerSecond: rate,
    arrivals,
    connections,
    keepAlive,
    ...options,
  };
}

function sendersOf(check: Check, value: Tree): string[] {
  const names = new Set<string>();
  for (const { text, node } of textItems(child(value, 'from'))) {
    for (const name of check.budget.namesOf(text, node.span)) {
      const declared = check.names.resolve(name, node.span, ...SENDERS);
      if (declared !== undefined) names.add(declared.name);
    }
  }
  return [...names];
}

interface Destination {
  readonly name: string;
  readonly port: number | null;
  readonly span: Span;
}

function destinationOf(inputs: TrafficInputs, value: Tree, kind: FlowKind): Destination | undefined {
  const { check } = inputs;
  const node = child(value, 'to');
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const colon = text.lastIndexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? null : portOf(text.slice(colon + 1));
  if (port === undefined) {
    check.diagnostics.error('out-of-range', node.span, `'${text.slice(colon + 1)}' is no port`, {
      expected: '1 to 65535',
    });
  } else if (kind === 'ping' && port !== null) {
    check.diagnostics.error('not-applicable', node.span, 'ping has no port', { expected: `to: ${name}` });
  } else if (kind !== 'ping' && port === null) {
    check.diagnostics.error('bad-value', node.span, `'${text}' has no port`, {
      expected: `a name and a port such as ${name}:80`,
    });
  }
  const declared = check.names.resolve(name, node.span, ...RECEIVERS);
  if (declared === undefined || port === undefined || (kind !== 'ping') !== (port !== null)) return undefined;
  if (port !== null)
    serve(inputs, declared.name, declared.section, kind === 'udp' ? 'udp' : 'tcp', port, node.span);
  return { name: declared.name, port, span: node.span };
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** Hosts serve what flows ask of them; a CLB needs a listener, which only the user can write. */
function serve(
  inputs: TrafficInputs,
  name: string,
  section: SectionName,
  protocol: 'tcp' | 'udp',
  port: number,
  span: Span,
): void {
  const { check, ports, clbs, eips, associations } = inputs;
  if (section === 'clbs') {
    const listeners = clbs.get(name)?.listeners;
    if (listeners === undefined || listeners.some((l) => l.protocol === protocol && l.frontendPort === port))
      return;
    const known = listeners.map((l) => `${l.frontendPort}/${l.protocol}`).join(', ');
    check.diagnostics.error('no-listener', span, `CLB '${name}' has no listener for ${port}/${protocol}`, {
      expected: known === '' ? 'a listener on this CLB' : `one of its ports: ${known}`,
    });
    return;
  }
  if (section !== 'eips') {
    ports.add(name, protocol, port);
    return;
  }
  const first = eips.get(name)?.target ?? null;
  const later = associations.get(name);
  for (const target of [...(first === null ? [] : [first]), ...(later ?? [])]) {
    const kind = check.names.find(target)?.section;
    if (kind === 'instances') ports.add(target, protocol, port);
    else if (kind === 'clbs' && later === undefined) serve(inputs, target, 'clbs', protocol, port, span);
  }
}

function sizeOf(
  check: Check,
  node: Tree | undefined,
  limits: { min: number; max: number },
  kind: FlowKind,
): number | undefined {
  const text = textOf(node);
  const parsed = text === undefined ? null : parseQuantity(text, 'size');
  if (node !== undefined && parsed?.ok === true && kind !== 'http' && parsed.value > limits.max) {
    check.diagnostics.error(
      'out-of-range',
      node.span,
      `'${text}' needs fragmentation, which is not supported yet`,
      {
        expected: `${formatSize(limits.min)} to ${limits.max}B, headers included`,
      },
    );
    return undefined;
  }
  return limitedQuantity(node, 'size', limits, check.diagnostics);
}

function rateOf(
  check: Check,
  flow: string,
  value: Tree,
  kind: FlowKind,
  size: number | undefined,
): number | undefined {
  const { diagnostics } = check;
  const node = child(value, 'rate');
  const text = textOf(node);
  if (node === undefined) {
    if (kind === 'ping') return 1;
    diagnostics.error('missing-key', check.names.find(flow)?.span ?? value.span, `'${flow}' has no rate`, {
      expected: 'rate: a frequency such as 200/s',
    });
    return undefined;
  }
  if (text === undefined) return undefined;
  const frequency = parseQuantity(text, 'frequency');
  const bitrate = parseQuantity(text, 'bitrate');
  if (!frequency.ok && bitrate.ok && kind !== 'udp') {
    diagnostics.error('bad-unit', node.span, `'${text}' is a bit rate, which ${kind} does not take`, {
      expected: 'a frequency such as 200/s',
    });
    return undefined;
  }
  const packetBits = 8 * (size ?? check.parameters.get('traffic.udp_size'));
  const rate = frequency.ok ? frequency.value : bitrate.ok ? bitrate.value / packetBits : undefined;
  if (rate !== undefined && rate > 0 && rate <= MAX_RATE) return rate;
  diagnostics.error('out-of-range', node.span, `'${text}' is out of range`, {
    expected: `more than 0, at most ${MAX_RATE}/s`,
  });
  return undefined;
}

/** Null: none, or one per request. By default every sender has one. */
function connectionsOf(
  check: Check,
  value: Tree,
  kind: FlowKind,
  keepAlive: boolean,
  senders: number,
): number | null {
  const node = child(value, 'connections');
  const isShared = kind === 'udp' || (kind === 'http' && keepAlive);
  if (node !== undefined && !isShared) {
    const expected = kind === 'http' ? 'keep_alive: true with it' : 'kind: udp, or http with keep_alive';
    check.diagnostics.error('not-applicable', node.span, `connections do not apply to ${kind}`, { expected });
  }
  if (!isShared) return null;
  const count = integerOf(node, 1, MAX_CONNECTIONS);
  const most = MAX_CONNECTIONS_PER_SENDER * Math.max(1, senders);
  if (node !== undefined && count !== undefined && count > most) {
    check.diagnostics.error(
      'out-of-range',
      node.span,
      `${count} connections are too many for ${senders} sender(s)`,
      { expected: `at most ${MAX_CONNECTIONS_PER_SENDER} per sender` },
    );
  }
  if (node !== undefined && count !== undefined && count < senders) {
    check.diagnostics.warning(
      'few-connections',
      node.span,
      `${senders} senders share ${count} connections: some send nothing`,
    );
  }
  return count ?? Math.max(1, senders);
}
