/**
 * All names of a file: which there are, of what, and where. Filled before anything is lowered, so that a reference to
 * something incomplete is no second mistake.
 */
import type { Diagnostics } from './diagnostic.ts';
import { parseRange } from './expansion.ts';
import { regionOfZone } from './parts.ts';
import { REGIONS } from './places.ts';
import { textAt } from './reading.ts';
import { NAME_PATTERN } from './schema-leaves.ts';
import type { Entry, Span, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

const NAMED_SECTIONS = {
  vpcs: 'VPC',
  vswitches: 'vSwitch',
  security_groups: 'security group',
  network_acls: 'network ACL',
  ipv4_gateways: 'IPv4 gateway',
  route_tables: 'route table',
  instances: 'instance',
  network_interfaces: 'secondary ENI',
  havips: 'HAVIP',
  clbs: 'CLB',
  albs: 'ALB',
  nlbs: 'NLB',
  nat_gateways: 'NAT gateway',
  common_bandwidth_packages: 'common bandwidth package',
  data_transfer_plans: 'data transfer plan',
  eips: 'EIP',
  dns_records: 'DNS record',
  resolvers: 'resolver',
  clients: 'client',
  internet_hosts: 'Internet host',
  internet_paths: 'Internet path',
  traffic: 'flow',
  events: 'event',
} as const;

/** `an instance`, `a VPC`. */
export function describeSection(section: SectionName): string {
  const noun = NAMED_SECTIONS[section];
  return `${/^([aeiou]|NLB)/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** What is wrong with a reference that finds nothing. */
export function describeMissing(name: string): string {
  return parseRange(name) === null
    ? `'${name}' does not exist`
    : `'${name}' is a range, but one name is expected here`;
}

export type SectionName = keyof typeof NAMED_SECTIONS;

/** Words with a meaning of their own where names stand. */
const WORDS: ReadonlySet<string> = new Set(['all', 'end', 'internet', 'dns', 'resolver']);

export interface Declared {
  readonly name: string;
  readonly section: SectionName;
  readonly span: Span;
  readonly value: Tree;
}

export class Names {
  private readonly byName = new Map<string, Declared>();
  private readonly regions: ReadonlySet<string>;
  private readonly zones: ReadonlySet<string>;
  private readonly diagnostics: Diagnostics;

  constructor(root: Tree, diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
    const ownRegions = entriesOf(child(root, 'regions')).map((entry) => entry.key);
    this.regions = new Set([...REGIONS.keys(), ...ownRegions]);
    this.zones = new Set(zonesIn(root).filter((zone) => this.regions.has(regionOfZone(zone))));
    for (const section of Object.keys(NAMED_SECTIONS) as SectionName[]) {
      for (const entry of entriesOf(child(root, section))) this.declare(entry, section);
    }
    for (const region of entriesOf(child(root, 'regions'))) this.isWellFormed(region);
    for (const clb of this.inSections('clbs')) {
      for (const key of ['listeners', 'master_slave_server_groups', 'server_groups', 'rules'])
        for (const entry of entriesOf(child(clb.value, key))) this.isWellFormed(entry);
    }
    for (const group of this.inSections('security_groups')) {
      for (const rule of entriesOf(child(group.value, 'rules'))) this.isWellFormed(rule);
    }
    for (const acl of this.inSections('network_acls')) {
      for (const key of ['ingress_acl_entries', 'egress_acl_entries'])
        for (const entry of entriesOf(child(acl.value, key))) this.isWellFormed(entry);
    }
    for (const table of this.inSections('vpcs', 'route_tables')) {
      for (const entry of entriesOf(child(table.value, 'route_entries'))) this.isWellFormed(entry);
    }
    for (const host of this.inSections('instances', 'clients', 'internet_hosts')) {
      for (const service of entriesOf(child(host.value, 'services'))) this.isWellFormed(service);
    }
    for (const alb of this.inSections('albs', 'nlbs')) {
      for (const key of ['listeners', 'server_groups', 'rules'])
        for (const entry of entriesOf(child(alb.value, key))) this.isWellFormed(entry);
    }
    for (const gateway of this.inSections('nat_gateways')) {
      for (const key of ['snat_entries', 'forward_entries'])
        for (const entry of entriesOf(child(gateway.value, key))) this.isWellFormed(entry);
    }
  }

  find(name: string): Declared | undefined {
    return this.byName.get(name);
  }

  /** Why a name can be given to nothing in the file; undefined if it can. */
  reasonAgainst(name: string): string | undefined {
    if (WORDS.has(name)) return 'has a meaning of its own';
    if (this.regions.has(name)) return 'is the name of a region';
    return this.zones.has(name) ? 'is the name of a zone' : undefined;
  }

  /** Those of some sections, in the order of the file. */
  inSections(...sections: SectionName[]): Declared[] {
    return [...this.byName.values()].filter((declared) => sections.includes(declared.section));
  }

  /** The thing a reference means, if it is of one of the sections; reports if not. */
  resolve(name: string, span: Span, ...sections: SectionName[]): Declared | undefined {
    const declared = this.byName.get(name);
    if (declared !== undefined && sections.includes(declared.section)) return declared;
    const wanted = sections.map(describeSection).join(', ');
    const what =
      declared === undefined ? describeMissing(name) : `'${name}' is ${describeSection(declared.section)}`;
    this.diagnostics.error('unknown-reference', span, what, {
      expected: `the name of ${wanted}`,
      unknown: name,
      known: () => this.inSections(...sections).map((candidate) => candidate.name),
    });
    return undefined;
  }

  private declare(entry: Entry, section: SectionName): void {
    const { key: name, keySpan: span, value } = entry;
    if (!this.isWellFormed(entry)) return;
    const reason = this.reasonAgainst(name);
    if (reason !== undefined) {
      this.diagnostics.error('bad-name', span, `'${name}' ${reason}`, { expected: 'another name' });
    }
    const earlier = this.byName.get(name);
    if (earlier === undefined) this.byName.set(name, { name, section, span, value });
    else {
      const line = this.diagnostics.lineOf(earlier.span);
      const what = describeSection(earlier.section);
      this.diagnostics.error(
        'duplicate-name',
        span,
        `'${name}' is already the name of ${what} in line ${line}`,
        {
          expected: 'names that are unique over resources, flows and events',
        },
      );
    }
  }

  private isWellFormed({ key, keySpan }: Entry): boolean {
    if (NAME_PATTERN.test(key)) return true;
    const shown = key.length > 70 ? `${key.slice(0, 67)}...` : key;
    this.diagnostics.error('bad-name', keySpan, `'${shown}' is no name`, {
      expected: 'a to z, 0 to 9 and -, starting with a letter, at most 63 characters',
    });
    return false;
  }
}

/** Texts that stand where zones do. */
function zonesIn(root: Tree): string[] {
  const ofVSwitches = entriesOf(child(root, 'vswitches')).map(({ value }) => textAt(value, 'zone_id'));
  const ofClbs = entriesOf(child(root, 'clbs')).flatMap(({ value }) => [
    textAt(value, 'master_zone_id'),
    textAt(value, 'slave_zone_id'),
  ]);
  const perZone = [...entriesOf(child(root, 'albs')), ...entriesOf(child(root, 'nlbs'))];
  const ofAlbs = perZone.flatMap(({ value }) =>
    entriesOf(child(value, 'zone_mappings')).map(({ key }) => key),
  );
  return [...ofVSwitches, ...ofClbs, ...ofAlbs].filter((zone) => zone !== undefined);
}
