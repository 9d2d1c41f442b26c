/** Flows: who sends what to whom, how much of it, and which ports that implies at the far end. One file a kind. */
import { lowerBulk } from './flows/bulk.ts';
import { lowerDnsQueries } from './flows/dns.ts';
import { type FlowDraft, sendersOf, type TrafficInputs } from './flows/flow-draft.ts';
import { FLOW_KINDS, type FlowKind, kindsWith, takesKey } from './flows/flow-keys.ts';
import { lowerHttp } from './flows/http.ts';
import { nameUseOf } from './flows/name-use.ts';
import { lowerPing } from './flows/ping.ts';
import { lowerSessions } from './flows/sessions.ts';
import { lowerTraceroute } from './flows/traceroute.ts';
import { lowerUdp } from './flows/udp.ts';
import type { Declared } from './names.ts';
import { limitedQuantity, optional, wordOf } from './reading.ts';
import type { TrafficFlow } from './scenario.ts';
import { child, entriesOf } from './tree.ts';

export type { TrafficInputs } from './flows/flow-draft.ts';

type Own<F> = F extends TrafficFlow ? Omit<F, 'name' | 'from'> : never;

const LOWER: Readonly<Record<FlowKind, (draft: FlowDraft) => Own<TrafficFlow> | undefined>> = {
  ping: lowerPing,
  udp: lowerUdp,
  http: lowerHttp,
  sessions: lowerSessions,
  tcp: lowerBulk,
  traceroute: lowerTraceroute,
  dns: lowerDnsQueries,
};

export function lowerTraffic(inputs: TrafficInputs): TrafficFlow[] {
  return inputs.check.names.inSections('traffic').flatMap((declared) => lowerFlow(inputs, declared) ?? []);
}

function lowerFlow(inputs: TrafficInputs, { name, span, value }: Declared): TrafficFlow | undefined {
  const { check } = inputs;
  const kind = wordOf(child(value, 'kind'), FLOW_KINDS);
  const from = sendersOf(check, value);
  const timeoutNode = child(value, 'timeout');
  const timeout = limitedQuantity(timeoutNode, 'duration', { isPositive: true }, check.diagnostics);
  // The rest depends on the kind, whose absence has been reported.
  if (kind === undefined) return undefined;
  const draft: FlowDraft = { inputs, check, name, kind, value, span, from };
  refuseKeysOfOthers(draft);
  const own = LOWER[kind](draft);
  const names = kind === 'dns' ? undefined : nameUseOf(draft);
  if (own === undefined || from.length === 0) return undefined;
  return { name, from, ...own, ...optional('names', names), ...optional('timeoutNs', timeout) };
}

function refuseKeysOfOthers({ check, kind, value }: FlowDraft): void {
  for (const { key, keySpan } of value.kind === 'map' ? entriesOf(value) : []) {
    if (takesKey(kind, key)) continue;
    check.diagnostics.error('not-applicable', keySpan, `${key} does not apply to ${kind}`, {
      expected: `kind: ${kindsWith(key)}`,
    });
  }
}
