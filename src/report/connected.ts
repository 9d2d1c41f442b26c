/** The part of the report about connections that last: sessions, transfers and how fast these went over time. */
import { formatBitrate, formatDuration, formatShare } from '../base/units.ts';
import type { FlowResult, FlowSeriesResult, RunResult } from '../measure/result.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type Column, formatCount, formatTable, type Paint, titled } from './table.ts';

/** Most characters of a line that shows values over time. */
const MOST_BARS = 60;
const BARS = '▁▂▃▄▅▆▇█';
const NOTHING = '-';

/** Empty when no flow has any; each a section. */
export function formatConnected(result: RunResult, { traffic }: Scenario, paint: Paint): string[] {
  const named = (kinds: readonly string[]) =>
    traffic.flatMap(({ name, kind }) => (kinds.includes(kind) && name in result.flows ? [name] : []));
  const lasting = named(['sessions', 'tcp']);
  const bulk = named(['tcp']);
  return [
    ...(lasting.length === 0 ? [] : [formatSessions(lasting, result, paint)]),
    ...(bulk.length === 0 ? [] : [formatGoodput(bulk, result, paint)]),
  ];
}

function formatSessions(names: readonly string[], { flows }: RunResult, paint: Paint): string {
  const columns: Column[] = [
    { title: 'flow', maxWidth: 18 },
    ...['opened', 'completed', 'broken', 'alive', 'survived', 'segments', 'sent again', 'round trip'].map(
      (title) => ({ title, align: 'right' }) as const,
    ),
  ];
  const rows = names.map((name) => {
    const { sessions, tcp } = flows[name] as FlowResult;
    const { opened, completed, broken, alive, survived } = sessions;
    return [name, ...[opened, completed, broken, alive, survived].map(formatCount), ...describeTcp(tcp)];
  });
  return titled('Sessions', formatTable(columns, rows, paint), paint);
}

function describeTcp(tcp: FlowResult['tcp']): string[] {
  if (tcp === null) return [NOTHING, NOTHING, NOTHING];
  const { segments, retransmitted, roundTripNs } = tcp;
  const share =
    retransmitted === 0 ? '' : ` (${formatShare(Number((retransmitted / segments).toPrecision(3)))})`;
  return [
    formatCount(segments),
    `${formatCount(retransmitted)}${share}`,
    roundTripNs === null ? NOTHING : formatDuration(roundTripNs.p50, 3),
  ];
}

function formatGoodput(names: readonly string[], { series }: RunResult, paint: Paint): string {
  const rows = names.flatMap((name) => {
    const { goodputBps } = series.flows[name] as FlowSeriesResult;
    if (goodputBps.length === 0) return [];
    const fastest = goodputBps.reduce((a, b) => Math.max(a, b), 0);
    return [[name, formatBitrate(fastest), drawBars(goodputBps, fastest)]];
  });
  const columns: Column[] = [
    { title: 'flow', maxWidth: 24 },
    { title: 'fastest', align: 'right' },
    { title: `each ${formatDuration(series.stepNs * stepsPerBar(rows, series.flows))}` },
  ];
  return titled('Goodput over time', formatTable(columns, rows, paint), paint);
}

/** All flows have as many steps. */
function stepsPerBar(
  rows: readonly (readonly string[])[],
  flows: Readonly<Record<string, FlowSeriesResult>>,
): number {
  const steps = flows[rows[0]?.[0] ?? '']?.goodputBps.length ?? 0;
  return Math.max(1, Math.ceil(steps / MOST_BARS));
}

/** The mean of so many steps a bar; a blank is nothing at all. */
function drawBars(values: readonly number[], highest: number): string {
  const width = Math.max(1, Math.ceil(values.length / MOST_BARS));
  let bars = '';
  for (let from = 0; from < values.length; from += width) {
    const some = values.slice(from, from + width);
    const mean = some.reduce((sum, value) => sum + value, 0) / some.length;
    const level = Math.ceil((mean / Math.max(1, highest)) * BARS.length);
    bars += level === 0 ? ' ' : BARS.charAt(Math.min(level, BARS.length) - 1);
  }
  return bars;
}
