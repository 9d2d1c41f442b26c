/** Primary/standby server groups of a CLB: exactly two servers, of which the second is not probed. */
import type { Check } from './check.ts';
import { textOf, wordOf } from './reading.ts';
import type { Span } from './tree.ts';
import { child, entriesOf, type Tree } from './tree.ts';

export interface ServerPair {
  readonly primary: string;
  readonly standby: string;
}

/** Groups that are as they should be, by name; of others it has been said what they lack. */
export function serverPairsOf(check: Check, clb: Tree): Map<string, ServerPair> {
  const pairs = new Map<string, ServerPair>();
  for (const { key, keySpan, value } of entriesOf(child(clb, 'master_slave_server_groups'))) {
    const pair = pairOf(check, key, keySpan, child(value, 'servers'));
    if (pair !== undefined) pairs.set(key, pair);
  }
  return pairs;
}

function pairOf(check: Check, name: string, span: Span, servers: Tree | undefined): ServerPair | undefined {
  if (servers === undefined) return undefined;
  const entries = entriesOf(servers);
  const named = (type: string): string[] =>
    entries.flatMap(({ key, value }) =>
      wordOf(child(value, 'server_type'), ['Master', 'Slave'] as const) === type ? [key] : [],
    );
  const known = entries.map(({ key, keySpan }) => check.names.resolve(key, keySpan, 'instances'));
  const [[primary, ...masters], [standby, ...slaves]] = [named('Master'), named('Slave')];
  if (primary === undefined || standby === undefined || masters.length > 0 || slaves.length > 0) {
    check.diagnostics.error('quota-exceeded', span, `group '${name}' is no pair of servers`, {
      expected: 'one server with server_type Master and one with Slave',
    });
    return undefined;
  }
  return known.includes(undefined) ? undefined : { primary, standby };
}

/** The pair that a listener names in place of servers of its own. */
export function pairOfListener(
  check: Check,
  listener: Tree,
  pairs: ReadonlyMap<string, ServerPair>,
  clb: Tree,
): ServerPair | undefined {
  const node = child(listener, 'master_slave_server_group_id');
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  if (child(listener, 'backend_servers') !== undefined) {
    check.diagnostics.error('exactly-one', node.span, 'the listener has servers and a group of servers', {
      expected: 'backend_servers or master_slave_server_group_id',
    });
  }
  const groups = entriesOf(child(clb, 'master_slave_server_groups')).map(({ key }) => key);
  if (!groups.includes(name)) {
    check.diagnostics.error('unknown-reference', node.span, `'${name}' is no group of this CLB`, {
      expected: 'a name under its master_slave_server_groups',
      unknown: name,
      known: groups,
    });
  }
  return pairs.get(name);
}
