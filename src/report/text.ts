/**
 * The report of one run for people: what was simulated, what happened, what it did to the traffic, and whether that
 * is what was expected. A function of the result alone: no wall clock in it, so that reports can be compared.
 */
import { formatBitrate, formatDuration, formatShare } from '../base/units.ts';
import type { EventResult, FlowResult, RunResult, Verdict } from '../measure/result.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatConnected } from './connected.ts';
import { formatCost } from './cost.ts';
import { formatHops } from './hops.ts';
import {
  buildPaint,
  byCount,
  type Column,
  formatCount,
  formatPlural,
  formatTable,
  formatVerdict,
  type Paint,
  type TextOptions,
  titled,
  wrapWords,
} from './table.ts';

const WIDTH = 108;
const NOTHING = '-';

export function formatReport(result: RunResult, scenario: Scenario, options: TextOptions = {}): string {
  const paint = buildPaint(options);
  const sections = [
    formatHeader(result, scenario, paint),
    formatEvents(result, paint),
    formatFlows(result, paint),
    ...formatConnected(result, scenario, paint),
    ...formatHops(result, paint),
    formatLosses(result, paint),
    formatDrops(result, paint),
    ...formatCost(result, paint),
    formatExpectations(result, paint),
    formatWarnings(result, paint),
    formatConclusion(result, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** How fast it ran: differs from run to run, so it stands apart from the report. */
export function formatSpeed({ eventsProcessed, wallMs, simulatedNs }: RunResult): string {
  const events = formatPlural(eventsProcessed, 'event');
  if (wallMs <= 0) return `${events} in no time`;
  const perSecond = formatCount(Math.round((eventsProcessed / wallMs) * 1000));
  const timesReal = simulatedNs / (wallMs * 1e6);
  const factor = timesReal >= 10 ? formatCount(Math.round(timesReal)) : timesReal.toFixed(1);
  return `${events} in ${formatDuration(Math.round(wallMs * 1e6), 3)}: ${perSecond} events/s, ${factor} times real time`;
}

/** Parameters whose values nobody published: those assumed here and those the scenario assumes. */
export function countAssumed({ parameters }: Pick<RunResult, 'parameters'>): number {
  return parameters.filter(({ provenance }) => provenance !== 'documented').length;
}

/** How every verdict ends. */
export function formatBasis(assumed: number): string {
  return `rests on ${formatPlural(assumed, 'assumed parameter')}`;
}

function formatHeader(result: RunResult, scenario: Scenario, paint: Paint): string {
  const simulated = result.complete
    ? `${formatDuration(result.simulatedNs)} simulated`
    : `interrupted at ${formatDuration(result.simulatedNs)} of ${formatDuration(scenario.durationNs)}`;
  const replication = result.replication > 0 ? [`replication ${result.replication}`] : [];
  const facts = [
    result.scenario,
    simulated,
    `seed ${result.seed}`,
    ...replication,
    formatPlural(Object.keys(result.devices).length, 'device'),
    formatPlural(result.packets.created, 'packet'),
  ];
  return `${paint('bold', result.title)}\n${paint('dim', facts.join(', '))}`;
}

function formatEvents({ events }: RunResult, paint: Paint): string {
  const entries = Object.entries(events).sort(([, a], [, b]) => (a.atNs ?? Infinity) - (b.atNs ?? Infinity));
  if (entries.length === 0) return '';
  const columns: Column[] = [
    { title: 'at', align: 'right' },
    { title: 'event', maxWidth: 24 },
    { title: 'what', maxWidth: 32 },
    { title: 'detected', align: 'right' },
    { title: 'by' },
    { title: 'switched', align: 'right' },
    { title: 'healed', align: 'right' },
  ];
  const rows = entries.map(([name, event]) => [
    event.atNs === null ? 'after the end' : formatDuration(event.atNs),
    name,
    event.what,
    event.detectedAfterNs === null ? NOTHING : formatDuration(event.detectedAfterNs),
    event.detectedAfterNs === null ? NOTHING : event.detectedBy,
    event.switchedAfterNs === null ? NOTHING : formatDuration(event.switchedAfterNs),
    describeHealing(event),
  ]);
  const refusals = entries.flatMap(([name, { refused }]) =>
    refused === null ? [] : indent(`${name} was refused: ${refused}`, '  ', '    '),
  );
  const explanation = paint('dim', '  detected, switched and healed count from the event');
  return titled('Events', [formatTable(columns, rows, paint), explanation, ...refusals].join('\n'), paint);
}

/** 0 and null say opposite things, so neither is shown as a bare number. */
function describeHealing({ atNs, refused, healedAfterNs, flows }: EventResult): string {
  if (atNs === null || refused !== null) return NOTHING;
  if (healedAfterNs === null) return 'still losing';
  const hasLost = Object.values(flows).some(({ lost }) => lost > 0);
  return hasLost ? formatDuration(healedAfterNs) : 'nothing lost';
}

function formatFlows({ flows, simulatedNs }: RunResult, paint: Paint): string {
  const entries = Object.entries(flows);
  if (entries.length === 0) return '';
  const hasPending = entries.some(([, { pending }]) => pending > 0);
  const columns: Column[] = [
    { title: 'flow', maxWidth: 24 },
    { title: 'sent', align: 'right' },
    { title: 'delivered', align: 'right' },
    ...(hasPending ? [{ title: 'pending', align: 'right' } as const] : []),
    { title: 'lost', align: 'right' },
    { title: 'p50', align: 'right' },
    { title: 'p99', align: 'right' },
    { title: 'goodput', align: 'right' },
    { title: 'outage', align: 'right' },
    { title: 'impairment', align: 'right' },
    { title: 'affected', align: 'right' },
  ];
  const rows = entries.map(([name, flow]) => [
    name,
    formatCount(flow.sent),
    formatCount(flow.delivered),
    ...(hasPending ? [formatCount(flow.pending)] : []),
    flow.lost === 0 ? '0' : `${formatCount(flow.lost)} (${formatShare(round(flow.lost / flow.sent))})`,
    flow.latencyNs === null ? NOTHING : formatDuration(flow.latencyNs.p50, 3),
    flow.latencyNs === null ? NOTHING : formatDuration(flow.latencyNs.p99, 3),
    flow.goodputBps === null ? NOTHING : formatBitrate(Math.round(flow.goodputBps)),
    describeSpans(flow.outages, simulatedNs),
    describeSpans(flow.impairments, simulatedNs),
    describeAffected(flow),
  ]);
  return titled(
    'Flows',
    `${formatTable(columns, rows, paint)}\n${paint('dim', explainFlows(entries))}`,
    paint,
  );
}

/** Three digits of a share are enough beside its count. */
function round(share: number): number {
  return Number(share.toPrecision(3));
}

interface Span {
  readonly startNs: number;
  readonly endNs: number | null;
}

/** The longest, and in brackets how many there were if more than one. */
function describeSpans(spans: readonly Span[], endNs: number): string {
  if (spans.length === 0) return 'none';
  const longest = Math.max(...spans.map((span) => (span.endNs ?? endNs) - span.startNs));
  return spans.length === 1 ? formatDuration(longest) : `${formatDuration(longest)} (${spans.length})`;
}

function describeAffected({ connections: { opened, affected } }: FlowResult): string {
  return opened === 0 ? NOTHING : `${formatCount(affected)} of ${formatCount(opened)}`;
}

/** What the columns mean that their titles are too short to say. */
function explainFlows(entries: readonly (readonly [string, FlowResult])[]): string {
  const kinds = new Map<string, string[]>();
  for (const [name, { latencyKind }] of entries)
    kinds.set(latencyKind, [...(kinds.get(latencyKind) ?? []), name]);
  const only = kinds.size === 1 ? [...kinds.keys()][0] : undefined;
  const times = [...kinds].map(([kind, names]) => `${kind} for ${names.join(', ')}`).join('; ');
  const latency = `p50 and p99 are ${only === undefined ? `times: ${times}` : `${only} times`}`;
  return indent(
    `${latency}; outage and impairment are the longest; affected are connections`,
    '  ',
    '  ',
  ).join('\n');
}

function formatLosses({ flows }: RunResult, paint: Paint): string {
  const rows = Object.entries(flows).flatMap(([name, { lost, lostByReason }]) => {
    const reasons = byCount(lostByReason).map(([reason, count]) => `${reason} ${formatCount(count)}`);
    return lost === 0 ? [] : [[name, formatCount(lost), reasons.join(', ')]];
  });
  if (rows.length === 0) return '';
  const columns: Column[] = [
    { title: 'flow', maxWidth: 24 },
    { title: 'lost', align: 'right' },
    { title: 'because of', maxWidth: 70 },
  ];
  return titled('Losses', formatTable(columns, rows, paint), paint);
}

function formatDrops({ packets }: RunResult, paint: Paint): string {
  if (packets.dropped === 0) return '';
  const rows = byCount(packets.droppedByReason).map(([reason, count]) => [
    reason,
    formatCount(count),
    formatShare(round(count / packets.created)),
  ]);
  const columns: Column[] = [
    { title: 'reason' },
    { title: 'packets', align: 'right' },
    { title: 'of all', align: 'right' },
  ];
  return titled('Packets dropped', formatTable(columns, rows, paint), paint);
}

function formatExpectations({ expectations }: RunResult, paint: Paint): string {
  if (expectations.length === 0) return '';
  const width = Math.max(...expectations.map(({ verdict }) => verdict.length));
  const lines = expectations.flatMap(({ verdict, text, actual }) => {
    const margin = ' '.repeat(width + 4);
    const [first = '', ...rest] = indent(text, margin, margin);
    const found = indent(actual, margin, margin).map((line) => paint('dim', line));
    return [`  ${formatVerdict(verdict, paint, width)}  ${first.trimStart()}`, ...rest, ...found];
  });
  return titled('Expectations', lines.join('\n'), paint);
}

function formatWarnings({ warnings }: RunResult, paint: Paint): string {
  if (warnings.length === 0) return '';
  return titled('Warnings', warnings.flatMap((warning) => indent(warning, '  ', '    ')).join('\n'), paint);
}

function formatConclusion(result: RunResult, paint: Paint): string {
  const { expectations, verdict, fingerprint } = result;
  const passed = expectations.filter((expectation) => expectation.verdict === 'pass').length;
  const held =
    expectations.length === 0
      ? 'nothing was expected'
      : `${passed} of ${formatPlural(expectations.length, 'expectation')} met`;
  const label: Record<Verdict, string> = {
    pass: 'PASS',
    fail: 'FAIL',
    inconclusive: 'INCONCLUSIVE',
    none: 'DONE',
  };
  const tint = { pass: 'green', fail: 'red', inconclusive: 'yellow', none: 'bold' } as const;
  const basis = formatBasis(countAssumed(result));
  return `${paint(tint[verdict], label[verdict])}: ${held}; ${basis}\n${paint('dim', `fingerprint ${fingerprint}`)}`;
}

/** Lines of at most the width of a report, the first behind `first`, the others behind `others`. */
function indent(text: string, first: string, others: string): string[] {
  return wrapWords(text, WIDTH - others.length).map((line, index) => (index === 0 ? first : others) + line);
}
