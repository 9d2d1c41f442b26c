/** Server groups and forwarding rules of a CLB at layer 7 (alicloud_slb_server_group, alicloud_slb_rule). */
import type { Check } from './check.ts';
import { serversIn } from './listener-settings.ts';
import { integerOf, optional, textAt, textOf } from './reading.ts';
import type { ClbListener, HttpRule, HttpServerGroup } from './scenario.ts';
import { child, entriesOf, type Tree } from './tree.ts';

/** The HTTP listeners with their rules, and the groups that these lead to; the others as they are. */
export function withRules(check: Check, clb: Tree, listeners: readonly ClbListener[]): ClbListener[] {
  checkNames(check, clb);
  const groups = serverGroupsOf(check, clb);
  const rules = entriesOf(child(clb, 'rules')).flatMap(({ key, keySpan, value }) => {
    const listener = listenerOf(check, value, listeners);
    const group = groupOf(check, clb, value);
    const [domain, url] = [textAt(value, 'domain'), textAt(value, 'url')];
    if (child(value, 'domain') === undefined && child(value, 'url') === undefined)
      check.diagnostics.error('missing-key', keySpan, `rule '${key}' has no condition`, {
        expected: 'domain, url, or both',
      });
    if (listener === undefined || group === undefined) return [];
    const rule = { name: key, group, ...optional('domain', domain), ...optional('url', url) };
    return [{ rule, listener, span: keySpan }];
  });
  const ownerOf = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const { rule, listener, span } of rules) {
    const condition = `${listener.name} ${rule.domain ?? ''} ${rule.url ?? ''}`;
    const earlier = taken.get(condition);
    if (earlier !== undefined)
      check.diagnostics.error('bad-value', span, `rule '${earlier}' has the same domain and url`, {
        expected: 'a condition of its own',
      });
    taken.set(condition, rule.name);
    const owner = ownerOf.get(rule.group) ?? listener.name;
    if (owner !== listener.name)
      check.diagnostics.error('bad-value', span, `group '${rule.group}' serves listener '${owner}' already`, {
        expected: 'a group for each listener',
      });
    ownerOf.set(rule.group, owner);
  }
  return listeners.map((listener) => {
    const own: HttpRule[] = rules.flatMap((entry) => (entry.listener === listener ? [entry.rule] : []));
    if (listener.http === undefined || own.length === 0) return listener;
    const used = groups.filter(({ name }) => own.some(({ group }) => group === name));
    return { ...listener, http: { ...listener.http, rules: own, groups: used } };
  });
}

/** Paths of events and of `expect` tell groups from listeners by their names alone. */
function checkNames({ diagnostics }: Check, clb: Tree): void {
  const listeners = entriesOf(child(clb, 'listeners')).map(({ key }) => key);
  for (const { key, keySpan } of entriesOf(child(clb, 'server_groups'))) {
    if (!listeners.includes(key)) continue;
    diagnostics.error('duplicate-name', keySpan, `'${key}' is the name of a listener of this CLB`, {
      expected: 'a name of its own',
    });
  }
}

function serverGroupsOf(check: Check, clb: Tree): HttpServerGroup[] {
  return entriesOf(child(clb, 'server_groups')).flatMap(({ key: name, value }) => {
    const port = integerOf(child(value, 'port'), 1, 65535);
    const backends = serversIn(check, child(value, 'servers'));
    return port === undefined ? [] : [{ name, port, backends }];
  });
}

/** That of the port; it has to be one of layer 7. */
function listenerOf(
  { diagnostics }: Check,
  rule: Tree,
  listeners: readonly ClbListener[],
): ClbListener | undefined {
  const node = child(rule, 'frontend_port');
  const port = integerOf(node, 1, 65535);
  if (node === undefined || port === undefined) return undefined;
  const found = listeners.find(({ protocol, frontendPort }) => protocol === 'http' && frontendPort === port);
  if (found !== undefined) return found;
  const known = listeners.flatMap((listener) =>
    listener.protocol === 'http' ? [listener.frontendPort] : [],
  );
  diagnostics.error('unknown-reference', node.span, `no http listener of this CLB has port ${port}`, {
    expected: known.length === 0 ? 'the port of an http listener' : `one of ${known.join(', ')}`,
  });
  return undefined;
}

function groupOf({ diagnostics }: Check, clb: Tree, rule: Tree): string | undefined {
  const node = child(rule, 'server_group_id');
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  if (child(child(clb, 'server_groups'), name) !== undefined) return name;
  diagnostics.error('unknown-reference', node.span, `'${name}' is no group of this CLB`, {
    expected: 'a name under its server_groups',
    unknown: name,
    known: entriesOf(child(clb, 'server_groups')).map(({ key }) => key),
  });
  return undefined;
}
