/** NAT gateways and their entries. Gateways come before EIPs, which name them; entries name EIPs and come after. */
import { cidrCovers, formatCidr } from '../base/ipv4.ts';
import { NAT_GATEWAYS_PER_VPC, SNAT_ENTRIES_PER_NAT_GATEWAY } from '../base/quotas.ts';
import { cidrOf } from './address-rules.ts';
import type { Check } from './check.ts';
import { type ForwardInputs, lowerForwardEntries } from './lower-forward-entries.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import type { Declared } from './names.ts';
import { booleanOf, integerOf, wordOf } from './reading.ts';
import type { NatGateway, SnatEntry, Vpc, VSwitch } from './scenario.ts';
import { snatPoolOf } from './snat-rules.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { NAT_SPECIFICATIONS } from './verbs.ts';

export type NatGatewayDraft = Omit<NatGateway, 'snatEntries' | 'forwardEntries'>;

export interface NatInputs {
  readonly check: Check;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
}

export function draftNatGateways(inputs: NatInputs): NatGatewayDraft[] {
  const { check } = inputs;
  const countOf = new Map<string, number>();
  return check.names.inSections('nat_gateways').flatMap((declared) => {
    const draft = draftNatGateway(inputs, declared);
    if (draft === undefined) return [];
    const count = (countOf.get(draft.vpc) ?? 0) + 1;
    countOf.set(draft.vpc, count);
    if (count > NAT_GATEWAYS_PER_VPC) {
      check.diagnostics.error(
        'quota-exceeded',
        declared.span,
        `VPC '${draft.vpc}' has more than ${NAT_GATEWAYS_PER_VPC} NAT gateways`,
        { expected: `at most ${NAT_GATEWAYS_PER_VPC} NAT gateways per VPC` },
      );
    }
    return [draft];
  });
}

function draftNatGateway(inputs: NatInputs, { name, value }: Declared): NatGatewayDraft | undefined {
  const { check } = inputs;
  const vpc = inputs.vpcs.get(referenceAt(check, value, 'vpc_id', 'vpcs') ?? '');
  const vswitch = vswitchAt(inputs, value, 'vswitch_id', vpc);
  const risks = risksOf(check, value);
  if (vpc === undefined || vswitch === undefined) return undefined;
  return {
    name,
    region: vpc.region,
    vpc: vpc.name,
    vswitch: vswitch.name,
    zone: vswitch.zone,
    availabilityMode:
      wordOf(child(value, 'availability_mode'), ['CrossAZ', 'SingleAZ'] as const) ?? 'CrossAZ',
    eipBindType: wordOf(child(value, 'eip_bind_type'), ['MULTI_BINDED', 'NAT'] as const) ?? 'MULTI_BINDED',
    answersEcho: booleanOf(child(value, 'icmp_reply_enabled')) ?? true,
    specification: wordOf(child(value, 'specification'), NAT_SPECIFICATIONS) ?? null,
    risks,
  };
}

/** The vSwitch that an attribute names; one of another VPC is reported. */
function vswitchAt(
  { check, vswitches }: Pick<NatInputs, 'check' | 'vswitches'>,
  owner: Tree,
  key: string,
  vpc: Vpc | undefined,
): VSwitch | undefined {
  const node = child(owner, key);
  const vswitch = vswitches.get(referenceAt(check, owner, key, 'vswitches') ?? '');
  if (node === undefined || vswitch === undefined || vpc === undefined || vswitch.vpc === vpc.name)
    return vswitch;
  check.diagnostics.error(
    'wrong-vpc',
    node.span,
    `vSwitch '${vswitch.name}' is in VPC '${vswitch.vpc}', not in '${vpc.name}'`,
    { expected: `a vSwitch of VPC '${vpc.name}'` },
  );
  return vswitch;
}

/** Gateways with their entries. */
export function finishNatGateways(
  inputs: NatInputs & ForwardInputs,
  drafts: readonly NatGatewayDraft[],
): NatGateway[] {
  const { eips } = inputs;
  return drafts.map((draft) => {
    const declared = inputs.check.names.find(draft.name);
    const entries = entriesOf(child(declared?.value, 'snat_entries'));
    const isAssociated = (eip: string): boolean | undefined => {
      const found = eips.get(eip);
      return found === undefined ? undefined : found.target === draft.name;
    };
    const snatEntries = new SnatReader(inputs, draft, isAssociated).entries(entries);
    const forwards = entriesOf(child(declared?.value, 'forward_entries'));
    const forwardEntries = lowerForwardEntries(inputs, draft, forwards, snatEntries);
    return { ...draft, snatEntries, forwardEntries };
  });
}

class SnatReader {
  private readonly inputs: NatInputs;
  private readonly gateway: NatGatewayDraft;
  private readonly isAssociated: (eip: string) => boolean | undefined;
  /** By block: the entry that has it. */
  private readonly sources = new Map<string, { readonly name: string; readonly line: number }>();

  constructor(
    inputs: NatInputs,
    gateway: NatGatewayDraft,
    isAssociated: (eip: string) => boolean | undefined,
  ) {
    this.inputs = inputs;
    this.gateway = gateway;
    this.isAssociated = isAssociated;
  }

  entries(entries: readonly Entry[]): SnatEntry[] {
    const surplus = entries[SNAT_ENTRIES_PER_NAT_GATEWAY];
    if (surplus !== undefined) {
      this.inputs.check.diagnostics.error(
        'quota-exceeded',
        surplus.keySpan,
        `'${this.gateway.name}' has more than ${SNAT_ENTRIES_PER_NAT_GATEWAY} SNAT entries`,
        { expected: `at most ${SNAT_ENTRIES_PER_NAT_GATEWAY} SNAT entries per NAT gateway` },
      );
    }
    return entries.flatMap((entry) => this.entry(entry) ?? []);
  }

  private entry(entry: Entry): SnatEntry | undefined {
    const { check } = this.inputs;
    const eips = snatPoolOf(check, child(entry.value, 'snat_ip'), this.gateway.name, this.isAssociated);
    const read = snatEntryOf(this.inputs, this.gateway, entry, eips);
    if (read === undefined) return undefined;
    this.claim(read.entry.name, formatCidr(read.entry.source), read.sourceNode);
    return read.entry;
  }

  private claim(name: string, block: string, node: Tree): void {
    const { diagnostics } = this.inputs.check;
    const earlier = this.sources.get(block);
    if (earlier === undefined) this.sources.set(block, { name, line: diagnostics.lineOf(node.span) });
    else {
      diagnostics.error(
        'duplicate-source',
        node.span,
        `SNAT entry '${earlier.name}' in line ${earlier.line} already has the source ${block}`,
        { expected: 'a source of its own' },
      );
    }
  }
}

/** One entry by its attributes, whether the gateway lists it or an event adds it. */
export function snatEntryOf(
  inputs: NatInputs,
  gateway: Pick<NatGateway, 'vpc'>,
  { key: name, keySpan, value }: Entry,
  eips: readonly string[],
): { readonly entry: SnatEntry; readonly sourceNode: Tree } | undefined {
  const hasAffinity = integerOf(child(value, 'eip_affinity'), 0, 1) === 1;
  const given = ['source_vswitch_id', 'source_cidr'].flatMap((key) => {
    const entry = value.kind === 'map' ? value.entries.get(key) : undefined;
    return entry === undefined ? [] : [entry];
  });
  const [source, second] = given;
  if (source === undefined || second !== undefined) {
    const what = second === undefined ? 'no source' : 'two sources';
    const message = `SNAT entry '${name}' has ${what}`;
    inputs.check.diagnostics.error('exactly-one', second?.keySpan ?? keySpan, message, {
      expected: 'exactly one of source_vswitch_id, source_cidr',
    });
    return undefined;
  }
  const cidr = sourceOf(inputs, gateway, source, value);
  if (cidr === undefined) return undefined;
  return { entry: { name, source: cidr, eips, hasAffinity }, sourceNode: source.value };
}

function sourceOf(
  inputs: NatInputs,
  gateway: Pick<NatGateway, 'vpc'>,
  { key, value: node }: Entry,
  owner: Tree,
): SnatEntry['source'] | undefined {
  const { diagnostics } = inputs.check;
  const vpc = inputs.vpcs.get(gateway.vpc);
  if (key === 'source_vswitch_id') return vswitchAt(inputs, owner, key, vpc)?.cidr;
  const cidr = cidrOf(node, diagnostics);
  if (cidr !== undefined && vpc !== undefined && !cidrCovers(vpc.cidr, cidr)) {
    diagnostics.error(
      'source-outside-vpc',
      node.span,
      `${formatCidr(cidr)} is not inside the block of VPC '${vpc.name}'`,
      { expected: `${formatCidr(vpc.cidr)} or a part of it` },
    );
  }
  return cidr;
}
