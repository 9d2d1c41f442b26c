/** What the names in `fail`, `restore`, `flap` and `degrade` cover: machines and links by their part names. */
import type { Check } from './check.ts';
import { describeSection } from './names.ts';
import type { DevicePart, GroupPart, LinkPart, Parts } from './parts.ts';
import { textItems } from './reading.ts';
import type { FaultTarget } from './scenario.ts';
import type { Span, Tree } from './tree.ts';

export interface ResolvedTarget extends FaultTarget {
  readonly span: Span;
}

export class Targets {
  private readonly check: Check;
  private readonly devices: ReadonlyMap<string, DevicePart>;
  private readonly links: ReadonlyMap<string, LinkPart>;
  private readonly groups: ReadonlyMap<string, readonly string[]>;
  private readonly readBefore = new Map<Tree, readonly ResolvedTarget[]>();
  private readonly linksOfDevice = new Map<string, string[]>();

  constructor(check: Check, parts: Parts, groups: readonly GroupPart[]) {
    this.check = check;
    this.devices = new Map(parts.devices.map((device) => [device.name, device]));
    this.links = new Map(parts.links.map((link) => [link.name, link]));
    this.groups = new Map(groups.map(({ name, devices }) => [name, devices]));
    for (const { name, a, b } of parts.links) {
      for (const device of [a, b]) {
        const attached = this.linksOfDevice.get(device);
        if (attached === undefined) this.linksOfDevice.set(device, [name]);
        else attached.push(name);
      }
    }
  }

  /** Every name that a target may have. */
  get names(): string[] {
    return [...this.devices.keys(), ...this.groups.keys(), ...this.links.keys()];
  }

  get deviceNames(): string[] {
    return [...this.devices.keys()];
  }

  kindOf(device: string): DevicePart['kind'] | undefined {
    return this.devices.get(device)?.kind;
  }

  isDevice(name: string): boolean {
    return this.devices.has(name);
  }

  isPart(name: string): boolean {
    return this.devices.has(name) || this.links.has(name) || this.groups.has(name);
  }

  /** Links at some machines. */
  attachedLinks(devices: readonly string[]): string[] {
    return [...new Set(devices.flatMap((device) => this.linksOfDevice.get(device) ?? []))];
  }

  /** All targets of a name, a range or a list of these; what cannot fail is reported. */
  read(node: Tree | undefined): readonly ResolvedTarget[] {
    if (node === undefined) return [];
    const known = this.readBefore.get(node);
    if (known !== undefined) return known;
    const targets = new Map<string, ResolvedTarget>();
    for (const { text, node: item } of textItems(node)) {
      for (const name of this.check.budget.namesOf(text, item.span)) {
        const target = this.resolve(name, item.span);
        if (target !== undefined) targets.set(name, { ...target, span: item.span });
      }
    }
    const resolved = [...targets.values()];
    this.readBefore.set(node, resolved);
    return resolved;
  }

  private resolve(name: string, span: Span): FaultTarget | undefined {
    // A machine takes its secondary ENIs with it.
    if (this.devices.has(name)) return { name, devices: [name, ...(this.groups.get(name) ?? [])], links: [] };
    if (this.links.has(name)) return { name, devices: [], links: [name] };
    const group = this.groups.get(name);
    if (group !== undefined) return { name, devices: group, links: [] };
    this.reportUnknown(name, span);
    return undefined;
  }

  private reportUnknown(name: string, span: Span): void {
    const declared = this.check.names.find(name);
    const { diagnostics } = this.check;
    if (declared === undefined) {
      // Below something that is itself incomplete, a part may well exist.
      const owner = this.check.names.find(name.split('/')[0] ?? '');
      if (owner !== undefined && !this.isPart(owner.name) && diagnostics.hasErrors) return;
      diagnostics.error('unknown-reference', span, `'${name}' does not exist`, {
        expected: 'a machine, link, resource, zone, region or shared-risk group',
        unknown: name,
        known: () => this.names,
      });
      return;
    }
    const what = describeSection(declared.section);
    const canFail = [
      'vpcs',
      'instances',
      'network_interfaces',
      'clbs',
      'albs',
      'nlbs',
      'nat_gateways',
      'resolvers',
      'clients',
      'internet_hosts',
    ].includes(declared.section);
    // It could, were it complete: what it lacks has been reported. An empty VPC has no machine to fail.
    if (canFail && (declared.section !== 'vpcs' || diagnostics.hasErrors)) return;
    const message = canFail
      ? `VPC '${name}' has nothing in it that could fail`
      : `'${name}' is ${what}, which cannot fail`;
    diagnostics.error('not-failable', span, message, {
      expected:
        'an instance, client, Internet host, CLB, ALB, NLB, NAT gateway, VPC, zone, region, link or shared-risk group',
    });
  }
}
