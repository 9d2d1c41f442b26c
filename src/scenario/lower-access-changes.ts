/** The verbs that change network ACLs, security groups and the groups of instances while running. */
import type { AccessSettings } from './access-types.ts';
import type { Check } from './check.ts';
import { aclEntriesOf, aclEntryOf, aclVSwitchesOf } from './lower-network-acls.ts';
import { ruleOf, securityGroupsOf } from './lower-security-groups.ts';
import { integerOf, textOf, wordOf } from './reading.ts';
import type { Action } from './scenario.ts';
import type { MapNode, Span, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { ACCESS_POLICIES, ADDABLE, RULE_PROTOCOLS } from './verbs.ts';

export type AccessPath = { readonly name: string; readonly value: Tree } & (
  | { readonly kind: 'network-acl' | 'security-group' | 'instance' }
  | { readonly kind: 'network-acl-entry' | 'security-group-rule'; readonly child: string }
);

const LISTS = ['ingress_acl_entries', 'egress_acl_entries'] as const;

export class AccessChanges {
  private readonly check: Check;
  /** The VPC of an instance. */
  private readonly vpcOf: (instance: string) => string | undefined;
  /** Paths of entries and rules that events bring. */
  private readonly brought: ReadonlySet<string>;

  constructor(check: Check, vpcOf: (instance: string) => string | undefined) {
    this.check = check;
    this.vpcOf = vpcOf;
    this.brought = new Set(
      check.names.inSections('events').flatMap(({ value }) => {
        const lists = LISTS.flatMap((list) => entriesOf(child(value, list)));
        const set = lists.map(({ key }) => `${textOf(child(value, 'set'))}/${key}`);
        return [textOf(child(value, 'add')) ?? '', ...set];
      }),
    );
  }

  /** What a path means here; undefined: it is the path of something else, or of nothing. */
  find(path: string): AccessPath | undefined {
    const [name = '', below, ...rest] = path.split('/');
    const declared = this.check.names.find(name);
    if (declared === undefined || rest.length > 0) return undefined;
    const { value } = declared;
    switch (declared.section) {
      case 'network_acls':
        if (below === undefined) return { kind: 'network-acl', name, value };
        return { kind: 'network-acl-entry', name, value, child: below };
      case 'security_groups':
        if (below === undefined) return { kind: 'security-group', name, value };
        return { kind: 'security-group-rule', name, value, child: below };
      case 'instances':
        return below === undefined ? { kind: 'instance', name, value } : undefined;
      default:
        return undefined;
    }
  }

  /** Attributes of `set: web/http`, of which those that do not fit the path have been reported. */
  settings(path: AccessPath, node: Tree, value: MapNode): AccessSettings | undefined {
    switch (path.kind) {
      case 'network-acl': {
        const [ingress, egress] = LISTS.map((list) =>
          child(value, list) === undefined ? undefined : aclEntriesOf(this.check, value, list),
        );
        return {
          kind: path.kind,
          ...(ingress === undefined ? {} : { ingress }),
          ...(egress === undefined ? {} : { egress }),
          ...this.attached(path.value, value),
        };
      }
      case 'network-acl-entry': {
        const policy = wordOf(child(value, 'policy'), ACCESS_POLICIES);
        if (!this.isThere(path, node) || policy === undefined) return undefined;
        return { kind: path.kind, policy };
      }
      case 'security-group': {
        const innerNode = child(value, 'inner_access_policy');
        const inner = wordOf(innerNode, ['Accept', 'Drop'] as const);
        if (innerNode !== undefined && textOf(child(path.value, 'security_group_type')) === 'enterprise') {
          const message = 'inner_access_policy does not apply to an enterprise group';
          this.check.diagnostics.error('not-applicable', innerNode.span, message);
        }
        return inner === undefined ? undefined : { kind: path.kind, innerAccessPolicy: inner };
      }
      case 'security-group-rule': {
        if (!this.isThere(path, node)) return undefined;
        const policy = wordOf(child(value, 'policy'), ACCESS_POLICIES);
        const priority = integerOf(child(value, 'priority'), 1, 100);
        return {
          kind: path.kind,
          ...(policy === undefined ? {} : { policy }),
          ...(priority === undefined ? {} : { priority }),
        };
      }
      case 'instance':
        return this.groupsOf(path, node, value);
    }
  }

  /** `add: web/ssh` with the attributes of a rule, `remove: web/ssh`. */
  change(verb: 'add' | 'remove', path: AccessPath, node: Tree, value: MapNode): Action | undefined {
    const text = textOf(node) ?? '';
    if (path.kind !== 'network-acl-entry' && path.kind !== 'security-group-rule') {
      this.check.diagnostics.error('unknown-reference', node.span, `'${text}' cannot be added or removed`, {
        expected: 'an entry of a network ACL (edge/http) or a rule of a security group (web/http)',
      });
      return undefined;
    }
    if (verb === 'remove') return this.isThere(path, node) ? { verb, path: text } : undefined;
    checkAddable(this.check, path.kind, text, value);
    return path.kind === 'network-acl-entry'
      ? this.addEntry(path.child, text, node, value)
      : this.addRule(path.value, path.child, text, node, value);
  }

  /** Every path that can be set, or is shown. */
  paths(): string[] {
    const acls = this.check.names.inSections('network_acls').flatMap(({ name, value }) => {
      const entries = LISTS.flatMap((list) => entriesOf(child(value, list)));
      return [name, `${name}/ingress`, `${name}/egress`, ...entries.map(({ key }) => `${name}/${key}`)];
    });
    const groups = this.check.names
      .inSections('security_groups')
      .flatMap(({ name, value }) => [
        name,
        ...entriesOf(child(value, 'rules')).map(({ key }) => `${name}/${key}`),
      ]);
    return [...acls, ...groups];
  }

  /** What an ACL is attached to from now on, each vSwitch once. */
  private attached(acl: Tree, value: MapNode): { readonly vswitches?: readonly string[] } {
    if (child(value, 'resources') === undefined) return {};
    const named = aclVSwitchesOf(this.check, value, textOf(child(acl, 'vpc_id')));
    return { vswitches: [...new Set(named.map(({ vswitch }) => vswitch))] };
  }

  private addEntry(name: string, text: string, node: Tree, value: MapNode): Action | undefined {
    const given = (['source_cidr_ip', 'destination_cidr_ip'] as const).filter((key) =>
      value.entries.has(key),
    );
    const [peer, second] = given;
    if (peer === undefined || second !== undefined) {
      const what = second === undefined ? 'names no block' : 'names two blocks';
      this.check.diagnostics.error('exactly-one', node.span, `entry '${name}' ${what}`, {
        expected: 'source_cidr_ip of an inbound or destination_cidr_ip of an outbound entry',
      });
      return undefined;
    }
    if (!this.hasAll(['protocol', 'policy'], name, node.span, value)) return undefined;
    const entry = aclEntryOf(this.check, { key: name, keySpan: node.span, value }, peer);
    if (entry === undefined) return undefined;
    const access = { kind: 'network-acl-entry', isIngress: peer === 'source_cidr_ip', entry } as const;
    return { verb: 'add', path: text, weight: 0, access };
  }

  private addRule(group: Tree, name: string, text: string, node: Tree, value: MapNode): Action | undefined {
    if (!this.hasAll(['type', 'ip_protocol'], name, node.span, value)) return undefined;
    if (!checkWord(this.check, 'ip_protocol', child(value, 'ip_protocol'), RULE_PROTOCOLS)) return undefined;
    const rule = ruleOf(this.check, group, { key: name, keySpan: node.span, value });
    if (rule === undefined) return undefined;
    return { verb: 'add', path: text, weight: 0, access: { kind: 'security-group-rule', rule } };
  }

  private hasAll(keys: readonly string[], name: string, span: Span, value: MapNode): boolean {
    const missing = keys.filter((key) => !value.entries.has(key));
    for (const key of missing)
      this.check.diagnostics.error('missing-key', span, `'${name}' is added without ${key}`, {
        expected: `${key} beside add`,
      });
    return missing.length === 0;
  }

  /** The groups an instance is in from now on; one that is not filtered stays so, as `ecs.unfiltered` has it. */
  private groupsOf(path: AccessPath, node: Tree, value: MapNode): AccessSettings | undefined {
    if (child(path.value, 'security_groups') === undefined) {
      const message = `'${path.name}' starts in no security group, so nothing filters it`;
      this.check.diagnostics.error('not-applicable', node.span, message, {
        expected: 'an instance with security_groups',
      });
    }
    const securityGroups = securityGroupsOf(this.check, value, this.vpcOf(path.name));
    return securityGroups.length === 0 ? undefined : { kind: 'instance', securityGroups };
  }

  private isThere(path: AccessPath, node: Tree): boolean {
    if (path.kind !== 'network-acl-entry' && path.kind !== 'security-group-rule') return true;
    const lists = path.kind === 'network-acl-entry' ? LISTS : ['rules'];
    const known = lists.flatMap((list) => entriesOf(child(path.value, list)).map(({ key }) => key));
    if (known.includes(path.child) || this.brought.has(`${path.name}/${path.child}`)) return true;
    const what = path.kind === 'network-acl-entry' ? 'entry' : 'rule';
    const message = `'${path.child}' is no ${what} of '${path.name}', and no event adds it`;
    this.check.diagnostics.error('unknown-reference', node.span, message, {
      expected: `an ${what} of '${path.name}'`.replace('an rule', 'a rule'),
      unknown: path.child,
      known,
    });
    return false;
  }
}

/** Reports a word that fits something else that events change. */
export function checkWord(
  check: Check,
  key: string,
  node: Tree | undefined,
  words: readonly string[],
): boolean {
  const word = textOf(node);
  if (node === undefined || word === undefined || words.includes(word)) return true;
  check.diagnostics.error('bad-value', node.span, `${key} '${word}' does not fit`, {
    expected: `one of ${words.join(', ')}`,
  });
  return false;
}

/** Reports options that do not belong to what `add` adds. */
export function checkAddable(check: Check, kind: keyof typeof ADDABLE, path: string, value: MapNode): void {
  const takes: readonly string[] = ADDABLE[kind];
  for (const { key, keySpan } of entriesOf(value)) {
    if (key === 'at' || key === 'add' || takes.includes(key)) continue;
    check.diagnostics.error('unknown-option', keySpan, `'${key}' does not belong to '${path}'`, {
      expected: takes.length === 0 ? 'nothing beside add' : `only ${takes.join(', ')}`,
    });
  }
}
