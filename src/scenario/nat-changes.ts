/** The verbs that change NAT gateways while running: `set`, `add` and `remove`, of gateways and their entries. */
import type { ForwardRule } from '../base/forward-rules.ts';
import type { Check } from './check.ts';
import { checkAddable, checkWord } from './lower-access-changes.ts';
import type { EipDraft } from './lower-eips.ts';
import { type ForwardInputs, forwardRuleOf } from './lower-forward-entries.ts';
import { snatEntryOf } from './lower-nat-gateways.ts';
import { textOf, wordOf } from './reading.ts';
import type { Action, NatGateway, SetAttributes } from './scenario.ts';
import { snatPoolOf } from './snat-rules.ts';
import type { MapNode, Tree } from './tree.ts';
import { child } from './tree.ts';
import { FORWARD_PROTOCOLS, NAT_SPECIFICATIONS } from './verbs.ts';

export interface NatChangeInputs extends ForwardInputs {
  readonly vpcs: Parameters<typeof snatEntryOf>[0]['vpcs'];
  readonly natGateways: ReadonlyMap<string, NatGateway>;
  /** Per EIP, what events associate it with. */
  readonly associations: ReadonlyMap<string, readonly string[]>;
}

const FORWARD_KEYS = ['external_ip', 'external_port', 'internal_ip', 'internal_port', 'ip_protocol'] as const;
const SNAT_KEYS = ['source_vswitch_id', 'source_cidr', 'snat_ip', 'eip_affinity'] as const;

export class NatChanges {
  private readonly inputs: NatChangeInputs;
  private readonly check: Check;
  /** Paths of entries that some event adds. */
  private readonly added: ReadonlySet<string>;
  /** By event: flows ask before the event is read, and what is wrong is reported once. */
  private readonly forwards = new Map<MapNode, ForwardRule | undefined>();

  constructor(inputs: NatChangeInputs) {
    this.inputs = inputs;
    this.check = inputs.check;
    const events = this.check.names.inSections('events');
    this.added = new Set(events.flatMap(({ value }) => textOf(child(value, 'add')) ?? []));
  }

  find(name: string): NatGateway | undefined {
    return this.inputs.natGateways.get(name);
  }

  /** Attributes of `set: out`. */
  attributes(value: MapNode): SetAttributes {
    const specification = wordOf(child(value, 'specification'), NAT_SPECIFICATIONS);
    return specification === undefined ? {} : { specification };
  }

  /** EIPs that the gateway has at the start or that events give it; whether it has them in time shows in the run. */
  pool(gateway: NatGateway, value: MapNode): string[] {
    return snatPoolOf(this.check, child(value, 'snat_ip'), gateway.name, (name) => {
      const eip = this.inputs.eips.get(name);
      return eip === undefined ? undefined : this.mayUse(gateway, eip);
    });
  }

  /** Whether an SNAT entry of that name is there at the start or comes. */
  hasSnatEntry(gateway: NatGateway, name: string): boolean {
    if (gateway.snatEntries.some((entry) => entry.name === name)) return true;
    return this.addedEntries(gateway).some((event) => event.name === name && !isForward(event.value));
  }

  change(
    verb: 'add' | 'remove',
    gateway: NatGateway,
    node: Tree,
    text: string,
    value: MapNode,
  ): Action | undefined {
    const [, name = '', ...rest] = text.split('/');
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name) || rest.length > 0) {
      this.check.diagnostics.error('unknown-reference', node.span, `'${text}' is no entry of a NAT gateway`, {
        expected: `a gateway and the name of an entry such as ${gateway.name}/web-in`,
      });
      return undefined;
    }
    if (verb === 'remove') return this.isEntry(gateway, name, text, node) ? { verb, path: text } : undefined;
    return this.add(gateway, name, text, value);
  }

  /** DNAT entries that events add, for what flows ask of their targets. */
  addedForwards(): ForwardRule[] {
    return [...this.inputs.natGateways.values()].flatMap((gateway) =>
      this.addedEntries(gateway).flatMap(({ name, value }) =>
        isForward(value) ? (this.forward(gateway, name, value) ?? []) : [],
      ),
    );
  }

  /** Every path that can be set or is shown. */
  paths(): string[] {
    return [...this.inputs.natGateways.values()].flatMap((gateway) => [
      gateway.name,
      `${gateway.name}/specification`,
      ...[...gateway.snatEntries, ...gateway.forwardEntries, ...this.addedEntries(gateway)].map(
        (entry) => `${gateway.name}/${entry.name}`,
      ),
    ]);
  }

  private add(gateway: NatGateway, name: string, path: string, value: MapNode): Action | undefined {
    checkAddable(this.check, 'nat-entry', path, value);
    const missing = this.missingKey(value);
    if (missing !== undefined) {
      const at = value.entries.get('add')?.keySpan ?? value.span;
      this.check.diagnostics.error('missing-key', at, `the entry that is added has no ${missing}`, {
        expected: 'what an SNAT entry or a DNAT entry of a NAT gateway has',
      });
      return undefined;
    }
    if (isForward(value)) {
      this.refuseKeys(value, SNAT_KEYS);
      if (!checkWord(this.check, 'ip_protocol', child(value, 'ip_protocol'), FORWARD_PROTOCOLS))
        return undefined;
      const forwardEntry = this.forward(gateway, name, value);
      return forwardEntry === undefined ? undefined : { verb: 'add', path, weight: 0, forwardEntry };
    }
    this.refuseKeys(value, ['port_break']);
    const eips = this.pool(gateway, value);
    const keySpan = value.entries.get('add')?.keySpan ?? value.span;
    const snatEntry = snatEntryOf(this.inputs, gateway, { key: name, keySpan, value }, eips)?.entry;
    return snatEntry === undefined ? undefined : { verb: 'add', path, weight: 0, snatEntry };
  }

  private forward(gateway: NatGateway, name: string, value: MapNode): ForwardRule | undefined {
    if (!this.forwards.has(value)) {
      const mayUse = (eip: EipDraft): boolean => this.mayUse(gateway, eip);
      this.forwards.set(value, forwardRuleOf(this.inputs, gateway, name, value, mayUse));
    }
    return this.forwards.get(value);
  }

  private missingKey(value: MapNode): string | undefined {
    const needed = isForward(value) ? FORWARD_KEYS : (['snat_ip'] as const);
    return needed.find((key) => !value.entries.has(key));
  }

  /** Those of the other kind of entry. */
  private refuseKeys(value: MapNode, keys: readonly string[]): void {
    for (const key of keys) {
      const found = value.entries.get(key);
      if (found === undefined) continue;
      const kind = isForward(value) ? 'a DNAT entry' : 'an SNAT entry';
      this.check.diagnostics.error('unknown-option', found.keySpan, `'${key}' is no attribute of ${kind}`, {
        expected: `the attributes of ${kind}`,
      });
    }
  }

  private addedEntries(gateway: NatGateway): { readonly name: string; readonly value: MapNode }[] {
    return this.check.names.inSections('events').flatMap(({ value }) => {
      const [owner, name] = textOf(child(value, 'add'))?.split('/') ?? [];
      return owner === gateway.name && name !== undefined && value.kind === 'map' ? [{ name, value }] : [];
    });
  }

  private mayUse(gateway: NatGateway, { name, target }: EipDraft): boolean {
    return target === gateway.name || (this.inputs.associations.get(name) ?? []).includes(gateway.name);
  }

  private isEntry(gateway: NatGateway, name: string, text: string, node: Tree): boolean {
    const known = [...gateway.snatEntries, ...gateway.forwardEntries].map((entry) => entry.name);
    if (known.includes(name) || this.added.has(text)) return true;
    const declared = this.check.names.find(gateway.name)?.value;
    const isDeclared = ['snat_entries', 'forward_entries'].some(
      (key) => child(child(declared, key), name) !== undefined,
    );
    // An incomplete entry has been reported where it stands.
    if (isDeclared && this.check.diagnostics.hasErrors) return false;
    this.check.diagnostics.error(
      'unknown-reference',
      node.span,
      `'${text}' is no entry of '${gateway.name}', and no event adds it`,
      { expected: `an entry of NAT gateway '${gateway.name}'`, unknown: name, known },
    );
    return false;
  }
}

function isForward(value: MapNode): boolean {
  return FORWARD_KEYS.some((key) => value.entries.has(key));
}
