/** Security groups with their rules, and which of them an instance is in. */
import type { Cidr } from '../base/ipv4.ts';
import { addressOf, cidrOf } from './address-rules.ts';
import type { Check } from './check.ts';
import { referenceAt } from './lower-vpcs.ts';
import { integerOf, textAt, textItems, textOf, wordOf } from './reading.ts';
import type { SecurityGroup, SecurityGroupRule } from './scenario.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { RULE_PROTOCOLS } from './verbs.ts';

/** Quota of an ENI (ECS: Security group rules). */
const MAX_GROUPS_OF_INSTANCE = 10;
const TYPES = ['normal', 'enterprise'] as const;
const RESERVED_PEERS = ['prefix_list_id', 'ipv6_cidr_ip'] as const;
const ANY_PORT = { firstPort: 0, lastPort: 65535 } as const;

export function lowerSecurityGroups(check: Check): SecurityGroup[] {
  return check.names.inSections('security_groups').flatMap(({ name, value }) => {
    const vpc = referenceAt(check, value, 'vpc_id', 'vpcs');
    const type = typeOf(value);
    const innerNode = child(value, 'inner_access_policy');
    const inner = innerNode === undefined ? 'Accept' : wordOf(innerNode, ['Accept', 'Drop'] as const);
    if (innerNode !== undefined && type === 'enterprise') {
      check.diagnostics.error(
        'not-applicable',
        innerNode.span,
        'inner_access_policy does not apply to an enterprise group, whose members are always isolated',
        { expected: "security_group_type 'normal', or rules" },
      );
    }
    const rules = entriesOf(child(value, 'rules')).flatMap((entry) => ruleOf(check, value, entry) ?? []);
    if (vpc === undefined || type === undefined || inner === undefined) return [];
    return [{ name, vpc, type, innerAccessPolicy: type === 'enterprise' ? 'Drop' : inner, rules }];
  });
}

function typeOf(group: Tree): SecurityGroup['type'] | undefined {
  const node = child(group, 'security_group_type');
  return node === undefined ? 'normal' : wordOf(node, TYPES);
}

export function ruleOf(check: Check, group: Tree, entry: Entry): SecurityGroupRule | undefined {
  const { key: name, value } = entry;
  const type = wordOf(child(value, 'type'), ['ingress', 'egress'] as const);
  const protocol = wordOf(child(value, 'ip_protocol'), RULE_PROTOCOLS);
  const ports = protocol === undefined ? undefined : portsOf(check, entry, protocol);
  const policyNode = child(value, 'policy');
  const policy = policyNode === undefined ? 'accept' : wordOf(policyNode, ['accept', 'drop'] as const);
  const priorityNode = child(value, 'priority');
  const priority = priorityNode === undefined ? 1 : integerOf(priorityNode, 1, 100);
  const peer = peerOf(check, group, entry);
  if (type === undefined || protocol === undefined || ports === undefined) return undefined;
  if (policy === undefined || priority === undefined || peer === undefined) return undefined;
  return { name, type, protocol, ...ports, policy, priority, peer };
}

/** The ports of a rule or an entry, both ends included, by the key that has them. */
export function portsOf(
  check: Check,
  { value, keySpan, key }: Entry,
  protocol: SecurityGroupRule['protocol'],
  portKey: 'port_range' | 'port' = 'port_range',
): { readonly firstPort: number; readonly lastPort: number } | undefined {
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  const node = child(value, portKey);
  if (node === undefined) {
    if (!hasPorts) return ANY_PORT;
    check.diagnostics.error('missing-key', keySpan, `rule '${key}' of ${protocol} has no ${portKey}`, {
      expected: `${portKey}: a range of ports such as '80/80'`,
    });
    return undefined;
  }
  const text = textOf(node);
  const [first = '', last = ''] = text?.split('/') ?? [];
  if (text === undefined || !/^(-1|\d{1,5})\/(-1|\d{1,5})$/.test(text)) return undefined;
  const [firstPort, lastPort] = [Number(first), Number(last)];
  if (!hasPorts) {
    if (firstPort === -1 && lastPort === -1) return ANY_PORT;
    check.diagnostics.error('bad-port-range', node.span, `a rule of ${protocol} is about no ports`, {
      expected: `'-1/-1', or no ${portKey}`,
    });
    return undefined;
  }
  if (firstPort >= 1 && lastPort <= 65535 && firstPort <= lastPort) return { firstPort, lastPort };
  check.diagnostics.error('bad-port-range', node.span, `'${text}' is no range of ports of ${protocol}`, {
    expected: "two ports from 1 to 65535, the lower one first, such as '80/80' or '1/65535'",
  });
  return undefined;
}

function peerOf(check: Check, group: Tree, entry: Entry): SecurityGroupRule['peer'] | undefined {
  const { key, keySpan, value } = entry;
  const blockNode = child(value, 'cidr_ip');
  const groupNode = child(value, 'source_security_group_id');
  // A peer of a kind that is not supported yet has been reported as that.
  if (RESERVED_PEERS.some((reserved) => child(value, reserved) !== undefined)) return undefined;
  if ((blockNode === undefined) === (groupNode === undefined)) {
    const both = (value.kind === 'map' ? value.entries.get('source_security_group_id') : undefined)?.keySpan;
    const problem = both === undefined ? 'names no peer' : 'names two peers';
    check.diagnostics.error('exactly-one', both ?? keySpan, `rule '${key}' ${problem}`, {
      expected: 'either cidr_ip or source_security_group_id',
    });
    return undefined;
  }
  if (groupNode !== undefined) return groupPeerOf(check, group, value, groupNode);
  const cidr = blockOf(check, blockNode);
  return cidr === undefined ? undefined : { kind: 'cidr', cidr };
}

/** An address is a block of one. */
export function blockOf(check: Check, node: Tree | undefined): Cidr | undefined {
  if (textOf(node)?.includes('/') === true) return cidrOf(node, check.diagnostics);
  const address = addressOf(node, check.diagnostics);
  return address === undefined ? undefined : { base: address, length: 32 };
}

/** Another basic group of the same VPC, or the group itself. */
function groupPeerOf(
  check: Check,
  group: Tree,
  rule: Tree,
  node: Tree,
): SecurityGroupRule['peer'] | undefined {
  const { diagnostics, names } = check;
  const name = referenceAt(check, rule, 'source_security_group_id', 'security_groups');
  const peer = name === undefined ? undefined : names.find(name)?.value;
  if (name === undefined || peer === undefined) return undefined;
  const [home, peerHome] = [textAt(group, 'vpc_id'), textAt(peer, 'vpc_id')];
  if (home !== undefined && peerHome !== undefined && home !== peerHome) {
    diagnostics.error(
      'wrong-vpc',
      node.span,
      `security group '${name}' is in VPC '${peerHome}', not in '${home}'`,
      {
        expected: 'a security group of the same VPC',
      },
    );
  }
  if (typeOf(group) === 'enterprise' || typeOf(peer) === 'enterprise') {
    diagnostics.error(
      'not-applicable',
      node.span,
      'an enterprise group takes no part in rules about groups',
      {
        expected: "cidr_ip, or groups of security_group_type 'normal'",
      },
    );
  }
  return { kind: 'group', group: name };
}

/** The groups of an instance in some VPC, each once, all of one type. */
export function securityGroupsOf(
  check: Check,
  instance: Tree,
  vpc: string | undefined,
  key = 'security_groups',
): string[] {
  const { diagnostics, names, budget } = check;
  const groups = new Map<string, Tree>();
  for (const { text, node } of textItems(child(instance, key))) {
    for (const name of budget.namesOf(text, node.span)) {
      const group = names.resolve(name, node.span, 'security_groups')?.value;
      if (group === undefined || groups.has(name)) continue;
      const home = textAt(group, 'vpc_id');
      if (vpc !== undefined && home !== undefined && home !== vpc) {
        diagnostics.error(
          'wrong-vpc',
          node.span,
          `security group '${name}' is in VPC '${home}', not in '${vpc}'`,
          {
            expected: 'security groups of the VPC of the instance',
          },
        );
      }
      const [first] = groups;
      if (first !== undefined && typeOf(first[1]) !== typeOf(group)) {
        diagnostics.error(
          'mixed-group-types',
          node.span,
          `'${name}' and '${first[0]}' are groups of different types`,
          {
            expected: "groups that are all 'normal' or all 'enterprise'",
          },
        );
      }
      groups.set(name, group);
      if (groups.size !== MAX_GROUPS_OF_INSTANCE + 1) continue;
      diagnostics.error('quota-exceeded', node.span, `'${name}' is one security group too many`, {
        expected: `at most ${MAX_GROUPS_OF_INSTANCE} security groups per instance, the quota of its ENI`,
      });
    }
  }
  return [...groups.keys()];
}
