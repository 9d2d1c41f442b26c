/** What the kinds of flows have in common while one is lowered: its surroundings and its parts. */
import type { ForwardRule } from '../../base/forward-rules.ts';
import { albZoneName } from '../alb-types.ts';
import type { Check } from '../check.ts';
import type { ListenPorts, Service } from '../listen-ports.ts';
import { transportOf } from '../lower-http-listeners.ts';
import { ownerOf } from '../lower-public-ips.ts';
import { type Declared, describeSection, type SectionName } from '../names.ts';
import { textItems, textOf } from '../reading.ts';
import type { Alb, Clb, Eip, Havip } from '../scenario.ts';
import type { Span, Tree } from '../tree.ts';
import { child, entriesOf } from '../tree.ts';
import type { FlowKind } from './flow-keys.ts';

const SENDERS = [
  'instances',
  'network_interfaces',
  'clients',
  'internet_hosts',
] as const satisfies readonly SectionName[];
const RECEIVERS = [
  'instances',
  'network_interfaces',
  'havips',
  'clbs',
  'eips',
  'clients',
  'internet_hosts',
  'dns_records',
] as const satisfies readonly SectionName[];

export interface TrafficInputs {
  readonly check: Check;
  readonly clbs: ReadonlyMap<string, Pick<Clb, 'listeners'>>;
  readonly albs: ReadonlyMap<string, Pick<Alb, 'listeners'>>;
  readonly havips: ReadonlyMap<string, Pick<Havip, 'members'>>;
  readonly eips: ReadonlyMap<string, Pick<Eip, 'target'>>;
  /** What events associate with an EIP; an entry, even an empty one, means that its target changes. */
  readonly associations: ReadonlyMap<string, readonly string[]>;
  /** DNAT entries that are there at the start or come. */
  readonly forwards: readonly ForwardRule[];
  readonly ports: ListenPorts;
  /** Of the run. */
  readonly durationNs: number;
  /** DNS records, with all they ever lead to. */
  readonly records: ReadonlyMap<string, readonly string[]>;
}

/** One entry of `traffic` whose common keys have been read. */
export interface FlowDraft {
  readonly inputs: TrafficInputs;
  readonly check: Check;
  readonly name: string;
  readonly kind: FlowKind;
  readonly value: Tree;
  /** Of the name, for what is missing. */
  readonly span: Span;
  readonly from: readonly string[];
}

export interface Destination {
  readonly name: string;
  /** Null: none, for kinds without ports. */
  readonly port: number | null;
}

/** Names of hosts under `from`, ranges expanded, each once. */
export function sendersOf(check: Check, value: Tree): string[] {
  const names = new Set<string>();
  for (const { text, node } of textItems(child(value, 'from'))) {
    for (const name of check.budget.namesOf(text, node.span)) {
      const declared = check.names.resolve(name, node.span, ...SENDERS);
      if (declared !== undefined) names.add(declared.name);
    }
  }
  return [...names];
}

/** A destination without a port, of a kind that knows none. */
export function hostDestination(draft: FlowDraft): Destination | undefined {
  return destinationOf(draft, null);
}

/** A name and a port, where the hosts behind it are to serve `service`. */
export function servedDestination(draft: FlowDraft, service: Service): Destination | undefined {
  return destinationOf(draft, service);
}

function destinationOf(draft: FlowDraft, service: Service | null): Destination | undefined {
  const { check, kind, value, from } = draft;
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
  } else if (service === null && port !== null) {
    check.diagnostics.error('not-applicable', node.span, `${kind} has no port`, { expected: `to: ${name}` });
  } else if (service !== null && port === null) {
    check.diagnostics.error('bad-value', node.span, `'${text}' has no port`, {
      expected: `a name and a port such as ${name}:80`,
    });
  }
  const declared = receiverOf(draft, name, node.span);
  if (declared === undefined || port === undefined || (service === null) !== (port === null))
    return undefined;
  if (from.includes(ownerOf(declared.name))) {
    check.diagnostics.error('bad-value', node.span, `flow '${draft.name}' goes from '${name}' to itself`, {
      expected: 'a destination other than its senders',
    });
  }
  if (port !== null && service !== null)
    serve(draft.inputs, declared.name, declared.section, service, port, node.span);
  // An ALB or NLB is meant in a zone.
  return { name, port };
}

/**
 * A static public IP is a destination of its own, `web-1/public-ip`, and so is an ALB or NLB in a zone, `front/cn-hangzhou-h`:
 * it has several.
 */
function receiverOf({ check, inputs: { eips } }: FlowDraft, name: string, span: Span): Receiver | undefined {
  if (ownerOf(name) !== name && eips.has(name)) return { name, section: 'eips' };
  const [owner = '', zone = ''] = name.split('/');
  const declared = check.names.find(owner);
  if (declared?.section !== 'albs' && declared?.section !== 'nlbs')
    return check.names.resolve(name, span, ...RECEIVERS);
  const zones = entriesOf(child(declared.value, 'zone_mappings')).map(({ key }) => key);
  if (zones.includes(zone) && name === albZoneName(owner, zone)) return declared;
  check.diagnostics.error(
    'unknown-reference',
    span,
    `'${name}' is no address of ${describeSection(declared.section)}`,
    {
      expected: `a DNS record, or one of ${zones.map((known) => albZoneName(owner, known)).join(', ')}`,
    },
  );
  return undefined;
}

type Receiver = Pick<Declared, 'name' | 'section'>;

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** Hosts serve what flows ask of them; a CLB needs a listener, which only the user can write. */
function serve(
  inputs: TrafficInputs,
  name: string,
  section: SectionName,
  service: Service,
  port: number,
  span: Span,
): void {
  const { check, ports, eips, associations, records } = inputs;
  if (section === 'dns_records') {
    for (const target of records.get(name) ?? []) {
      // `front/cn-hangzhou-h` is the ALB `front` in a zone.
      const [owner = ''] = target.split('/');
      const kind = check.names.find(owner)?.section;
      if (kind !== undefined) serve(inputs, owner, kind, service, port, span);
    }
    return;
  }
  if (section === 'albs') {
    checkAlb(inputs, name, service, port, span);
    return;
  }
  if (section === 'clbs' || section === 'nlbs') {
    serveBehindClb(inputs, name, service, port, span);
    return;
  }
  if (section === 'havips') {
    // Whoever has the address serves it.
    for (const { instance } of inputs.havips.get(name)?.members ?? [])
      ports.serve(check, instance, service, port, span);
    return;
  }
  if (section !== 'eips') {
    ports.serve(check, name, service, port, span);
    return;
  }
  serveByForwards(inputs, name, service, port, span);
  const first = eips.get(name)?.target ?? null;
  const later = associations.get(name);
  for (const target of [...(first === null ? [] : [first]), ...(later ?? [])]) {
    const kind = check.names.find(target)?.section;
    if (kind === 'instances' || kind === 'network_interfaces')
      ports.serve(check, target, service, port, span);
    else if (kind === 'havips' || (kind === 'clbs' && later === undefined))
      serve(inputs, target, kind, service, port, span);
  }
}

/** Its servers speak HTTP already; it needs a listener, and speaks nothing else. */
function checkAlb(
  { check, albs }: TrafficInputs,
  name: string,
  service: Service,
  port: number,
  span: Span,
): void {
  const listeners = albs.get(name)?.listeners;
  if (listeners === undefined) return;
  if (service.name === 'http' && listeners.some((listener) => listener.port === port)) return;
  const known = listeners.map((listener) => listener.port).join(', ');
  check.diagnostics.error(
    'no-listener',
    span,
    `ALB '${name}' has no listener for ${service.name} on ${port}`,
    {
      expected: known === '' ? 'a listener on this ALB' : `http to one of its ports: ${known}`,
    },
  );
}

function serveBehindClb(
  { check, ports, clbs }: TrafficInputs,
  name: string,
  service: Service,
  port: number,
  span: Span,
): void {
  const listeners = clbs.get(name)?.listeners;
  if (listeners === undefined) return;
  const { protocol } = service;
  const listener = listeners.find((l) => transportOf(l.protocol) === protocol && l.frontendPort === port);
  if (listener?.protocol === 'http') {
    // Its servers speak HTTP already, and it speaks nothing else.
    if (service.name === 'http') return;
    const message = `listener '${listener.name}' of CLB '${name}' takes http alone, not ${service.name}`;
    check.diagnostics.error('no-listener', span, message, {
      expected: 'a flow of kind http, or a tcp listener',
    });
    return;
  }
  if (listener !== undefined) {
    for (const { instance } of listener.backends)
      ports.serve(check, instance, service, listener.backendPort, span);
    return;
  }
  const declared = check.names.find(name);
  // One of them cannot be read, which has been reported where it stands.
  if (entriesOf(child(declared?.value, 'listeners')).length > listeners.length) return;
  const what = declared?.section === 'nlbs' ? 'NLB' : 'CLB';
  const known = listeners.map((l) => `${l.frontendPort}/${l.protocol}`).join(', ');
  check.diagnostics.error('no-listener', span, `${what} '${name}' has no listener for ${port}/${protocol}`, {
    expected: known === '' ? `a listener on this ${what}` : `one of its ports: ${known}`,
  });
}

/** An EIP of a NAT gateway leads where DNAT entries say; a port without one leads nowhere, which shows in the run. */
function serveByForwards(
  { check, ports, forwards }: TrafficInputs,
  eip: string,
  service: Service,
  port: number,
  span: Span,
): void {
  for (const entry of forwards) {
    const { externalPorts, internalPorts, protocol, instance } = entry;
    if (entry.eip !== eip) continue;
    if (externalPorts === null || internalPorts === null) ports.serve(check, instance, service, port, span);
    else if (protocol === service.protocol && port >= externalPorts.first && port <= externalPorts.last)
      ports.serve(check, instance, service, internalPorts.first + port - externalPorts.first, span);
  }
}
