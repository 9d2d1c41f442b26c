/**
 * The security groups of a scenario and the admin verbs that change them: rules are added, removed and modified, an inner
 * policy is set, an instance changes its groups. Each acts at once at the ENIs of all whom it concerns.
 * Source: ECS "Security group rules"; API AuthorizeSecurityGroup, ModifySecurityGroupRule, ModifySecurityGroupPolicy,
 * ModifyInstanceAttribute.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { EniFilter } from '../devices/eni-filter.ts';
import type { Network } from '../network/network.ts';
import { compileSecurityPolicy, type SecurityPolicy, type SecurityRule } from '../policy/security-group.ts';
import type { Refusal } from './refusal.ts';

export interface NamedRule extends Omit<SecurityRule, 'peer'> {
  readonly name: string;
  /** A block, or the name of a group. */
  readonly peer: Extract<SecurityRule['peer'], { base: number }> | string;
}

interface ManagedGroup {
  readonly name: string;
  readonly isEnterprise: boolean;
  readonly isInnerAccepted: boolean;
  readonly rules: readonly NamedRule[];
}

interface Member {
  readonly address: number;
  groups: readonly string[];
  filter: EniFilter | null;
}

export class SecurityAdmin {
  private readonly network: Network;
  private readonly groups = new Map<string, ManagedGroup>();
  private readonly members = new Map<string, Member>();
  /** By the names of the groups: instances in the same groups share one; void after a change. */
  private readonly policies = new Map<string, SecurityPolicy>();

  constructor(network: Network) {
    this.network = network;
  }

  manage(group: ManagedGroup): void {
    this.groups.set(group.name, group);
    this.network.states.set(group.name, describe(group));
  }

  /** Members come before policies are asked for. */
  join(instance: string, address: number, groups: readonly string[]): void {
    this.members.set(instance, { address, groups, filter: null });
  }

  attach(instance: string, filter: EniFilter): void {
    this.member(instance).filter = filter;
  }

  policyOf(groups: readonly string[]): SecurityPolicy {
    const key = groups.join(' ');
    const known = this.policies.get(key);
    if (known !== undefined) return known;
    const policy = compileSecurityPolicy(groups.map((name) => this.compiled(this.group(name))));
    this.policies.set(key, policy);
    return policy;
  }

  setInner(name: string, isInnerAccepted: boolean, event: number): Refusal {
    this.replace({ ...this.group(name), isInnerAccepted }, event);
    return null;
  }

  addRule(name: string, rule: NamedRule, event: number): Refusal {
    const group = this.group(name);
    if (group.rules.some((known) => known.name === rule.name))
      return `${rule.name} is a rule of ${name} already`;
    this.replace({ ...group, rules: [...group.rules, rule] }, event);
    return null;
  }

  removeRule(name: string, rule: string, event: number): Refusal {
    const group = this.group(name);
    const rules = group.rules.filter((known) => known.name !== rule);
    if (rules.length === group.rules.length) return `${rule} is no rule of ${name}`;
    this.replace({ ...group, rules }, event);
    return null;
  }

  modifyRule(
    name: string,
    rule: string,
    to: { readonly isAccept?: boolean; readonly priority?: number },
    event: number,
  ): Refusal {
    const group = this.group(name);
    if (!group.rules.some((known) => known.name === rule)) return `${rule} is no rule of ${name}`;
    const rules = group.rules.map((known) => (known.name === rule ? { ...known, ...to } : known));
    this.replace({ ...group, rules }, event);
    return null;
  }

  /** The groups that an instance is in from now on. */
  setGroups(instance: string, groups: readonly string[], event: number): Refusal {
    const member = this.member(instance);
    const from = member.groups;
    member.groups = groups;
    this.show(`${instance}/security_groups`, from.join(', '), groups.join(', '), event);
    this.install(new Set([...from, ...groups]), event, instance);
    return null;
  }

  private replace(group: ManagedGroup, event: number): void {
    const from = describe(this.group(group.name));
    this.groups.set(group.name, group);
    this.show(group.name, from, describe(group), event);
    this.install(new Set([group.name]), event);
  }

  /** New policies for all in groups that have changed, or that have rules about members of these. */
  private install(changed: ReadonlySet<string>, event: number, also?: string): void {
    this.policies.clear();
    const concerned = new Set(changed);
    for (const { name, rules } of this.groups.values())
      if (rules.some(({ peer }) => typeof peer === 'string' && changed.has(peer))) concerned.add(name);
    for (const [name, { groups, filter }] of this.members) {
      if (filter === null || (name !== also && !groups.some((group) => concerned.has(group)))) continue;
      filter.change(this.policyOf(groups), event);
    }
  }

  private compiled({ name, isEnterprise, isInnerAccepted, rules }: ManagedGroup) {
    return {
      isEnterprise,
      isInnerAccepted,
      members: this.addressesIn(name),
      rules: rules.map(({ peer, ...rule }) => ({
        ...rule,
        peer: typeof peer === 'string' ? this.addressesIn(peer) : peer,
      })),
    };
  }

  /** Private addresses of the instances in a group. */
  private addressesIn(group: string): number[] {
    return [...this.members.values()]
      .filter(({ groups }) => groups.includes(group))
      .map(({ address }) => address);
  }

  private show(subject: string, from: string, to: string, event: number): void {
    const cause = event === NONE ? null : { event, chain: [] };
    this.network.change({ kind: 'installation', subject, from, to, cause });
  }

  private group(name: string): ManagedGroup {
    return present(this.groups.get(name), `no security group ${name} was built`);
  }

  private member(name: string): Member {
    return present(this.members.get(name), `no instance ${name} was built`);
  }
}

/** `http accept 1, ssh drop 5; inner Accept`. */
function describe({ rules, isInnerAccepted }: ManagedGroup): string {
  const shown = rules.map(
    ({ name, isAccept, priority }) => `${name} ${isAccept ? 'accept' : 'drop'} ${priority}`,
  );
  return `${shown.length === 0 ? 'no rules' : shown.join(', ')}; inner ${isInnerAccepted ? 'Accept' : 'Drop'}`;
}
