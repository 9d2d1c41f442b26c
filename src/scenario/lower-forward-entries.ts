/** DNAT entries of NAT gateways, whether the gateway lists them or an event adds them, and the rules of the product. */
import { type ForwardRule, forwardConflict, type PortRange } from '../base/forward-rules.ts';
import { parseIpv4 } from '../base/ipv4.ts';
import { DNAT_ENTRIES_PER_NAT_GATEWAY } from '../base/quotas.ts';
import type { Check } from './check.ts';
import type { EipDraft } from './lower-eips.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { booleanOf, wordOf } from './reading.ts';
import type { SnatEntry, VSwitch } from './scenario.ts';
import type { Entry, Span, Tree } from './tree.ts';
import { child, plainValue } from './tree.ts';
import { FORWARD_PROTOCOLS } from './verbs.ts';

export interface ForwardInputs {
  readonly check: Check;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  /** Of instances, among others. */
  readonly addresses: ReadonlyMap<string, number>;
  readonly eips: ReadonlyMap<string, EipDraft>;
}

/** The gateway an entry is of. */
interface Owner {
  readonly name: string;
  readonly vpc: string;
}

/** Those a gateway lists; one that the product refuses is reported. */
export function lowerForwardEntries(
  inputs: ForwardInputs,
  gateway: Owner,
  entries: readonly Entry[],
  snatEntries: readonly SnatEntry[],
): ForwardRule[] {
  const { diagnostics } = inputs.check;
  const surplus = entries[DNAT_ENTRIES_PER_NAT_GATEWAY];
  if (surplus !== undefined) {
    diagnostics.error(
      'quota-exceeded',
      surplus.keySpan,
      `'${gateway.name}' has more than ${DNAT_ENTRIES_PER_NAT_GATEWAY} DNAT entries`,
      { expected: `at most ${DNAT_ENTRIES_PER_NAT_GATEWAY} DNAT entries per NAT gateway` },
    );
  }
  const lowered: ForwardRule[] = [];
  for (const { key: name, keySpan, value } of entries) {
    checkNameApart(inputs.check, name, keySpan, snatEntries);
    const rule = forwardRuleOf(inputs, gateway, name, value, (eip) => eip.target === gateway.name);
    if (rule === undefined) continue;
    checkOwnEip(inputs, rule, child(value, 'internal_ip'));
    const conflict = forwardConflict(rule, lowered, snatEntries);
    if (conflict !== null) {
      const node = child(value, conflict.kind === 'duplicate-forward' ? 'external_port' : 'external_ip');
      diagnostics.error(conflict.kind, node?.span ?? keySpan, conflict.message, {
        expected: EXPECTED[conflict.kind],
      });
    }
    lowered.push(rule);
  }
  return lowered;
}

const EXPECTED = {
  'duplicate-forward': 'ports that no other entry of the EIP has',
  'eip-taken': 'an EIP and an instance that no other entry uses',
  'needs-port-break': 'port_break: true, a port up to 1024, or an EIP that SNAT does not use',
} as const;

/** Entries of both kinds are addressed as `out/NAME`. */
function checkNameApart(check: Check, name: string, span: Span, snatEntries: readonly SnatEntry[]): void {
  if (!snatEntries.some((entry) => entry.name === name)) return;
  check.diagnostics.error('duplicate-name', span, `'${name}' is already the name of an SNAT entry`, {
    expected: 'names that are unique over the SNAT and DNAT entries of a gateway',
  });
}

function checkOwnEip({ check, eips }: ForwardInputs, rule: ForwardRule, node: Tree | undefined): void {
  for (const { name, target } of eips.values()) {
    if (target !== rule.instance || node === undefined) continue;
    check.diagnostics.error('has-own-eip', node.span, `'${rule.instance}' has EIP '${name}' of its own`, {
      expected: 'an instance without an EIP',
    });
  }
}

/** One entry by its attributes, if they are all there and fit together. */
export function forwardRuleOf(
  inputs: ForwardInputs,
  gateway: Owner,
  name: string,
  value: Tree,
  mayUse: (eip: EipDraft) => boolean,
): ForwardRule | undefined {
  const eip = eipOf(inputs, gateway, child(value, 'external_ip'), mayUse);
  const protocol = wordOf(child(value, 'ip_protocol'), FORWARD_PROTOCOLS);
  const instance = instanceOf(inputs, gateway, child(value, 'internal_ip'));
  const [externalNode, internalNode] = [child(value, 'external_port'), child(value, 'internal_port')];
  const external = portsOf(inputs.check, externalNode);
  const internal = portsOf(inputs.check, internalNode);
  if (protocol === undefined || external === undefined || internal === undefined) return undefined;
  if (externalNode === undefined || internalNode === undefined) return undefined;
  const { diagnostics } = inputs.check;
  const anys = [protocol === 'any', external === null, internal === null].filter((isAny) => isAny).length;
  if (anys === 1 || anys === 2) {
    diagnostics.error('bad-port-range', externalNode.span, 'an IP mapping is of any protocol and any port', {
      expected: 'any for all of ip_protocol, external_port and internal_port, or for none',
    });
    return undefined;
  }
  if (external !== null && internal !== null && lengthOf(external) !== lengthOf(internal)) {
    diagnostics.error(
      'bad-port-range',
      internalNode.span,
      `${lengthOf(external)} external and ${lengthOf(internal)} internal ports`,
      { expected: 'ranges of equal length' },
    );
  }
  if (eip === undefined || instance === undefined) return undefined;
  const breaksPorts = booleanOf(child(value, 'port_break')) ?? false;
  return {
    name,
    eip,
    protocol,
    externalPorts: external,
    instance,
    internalPorts: internal,
    breaksPorts,
  };
}

function eipOf(
  { check, eips }: ForwardInputs,
  gateway: Owner,
  node: Tree | undefined,
  mayUse: (eip: EipDraft) => boolean,
): string | undefined {
  if (node === undefined || node.kind !== 'scalar') return undefined;
  const declared = check.names.resolve(node.text, node.span, 'eips');
  const eip = eips.get(declared?.name ?? '');
  if (eip === undefined) return undefined;
  if (!mayUse(eip)) {
    check.diagnostics.error(
      'not-associated',
      node.span,
      `EIP '${eip.name}' is not associated with NAT gateway '${gateway.name}'`,
      { expected: `an EIP with instance_id: ${gateway.name}` },
    );
  }
  return eip.name;
}

/** By its name or by its private address in the VPC. */
function instanceOf(inputs: ForwardInputs, gateway: Owner, node: Tree | undefined): string | undefined {
  if (node === undefined || node.kind !== 'scalar') return undefined;
  const { check, vswitches, instances, addresses } = inputs;
  const homeOf = (name: string): string | undefined => vswitches.get(instances.get(name)?.vswitch ?? '')?.vpc;
  if (/^[\d.]+$/.test(node.text)) {
    const address = parseIpv4(node.text);
    const known = [...instances.keys()].filter((name) => homeOf(name) === gateway.vpc);
    const found = known.find((name) => addresses.get(name) === address);
    if (found !== undefined) return found;
    check.diagnostics.error('unknown-reference', node.span, `no instance has the address ${node.text}`, {
      expected: `an instance of VPC '${gateway.vpc}' or its private_ip`,
    });
    return undefined;
  }
  const declared = check.names.resolve(node.text, node.span, 'instances');
  const home = homeOf(declared?.name ?? '');
  if (declared === undefined || home === undefined) return undefined;
  if (home !== gateway.vpc) {
    const message = `instance '${declared.name}' is in VPC '${home}', not in '${gateway.vpc}'`;
    check.diagnostics.error('wrong-vpc', node.span, message, {
      expected: `an instance in the VPC of NAT gateway '${gateway.name}'`,
    });
  }
  return declared.name;
}

/** Null: any. */
function portsOf(check: Check, node: Tree | undefined): PortRange | null | undefined {
  if (node === undefined || node.kind !== 'scalar') return undefined;
  if (node.text === 'any') return null;
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(node.text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first >= 1 && last <= 65535 && first <= last) return { first, last };
  // A number beyond its limits has been reported with the shape.
  if (typeof plainValue(node) === 'number') return undefined;
  check.diagnostics.error('bad-port-range', node.span, `'${node.text}' is no range of ports`, {
    expected: "ports from 1 to 65535, the lower one first, such as '80' or '80/85'",
  });
  return undefined;
}

const lengthOf = ({ first, last }: PortRange): number => last - first + 1;
