/** When a flow offers its units: `rate` as a number or a file, `arrivals`, the periods of on-off sources, traces. */
import type { TimeSeries } from '../data-files.ts';
import { distributionOf, numberOf, textOf, wordOf } from '../reading.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';
import { MAX_RATE, PACKET_SIZES } from './flow-settings.ts';
import type { OpenLoop } from './flow-types.ts';

/** Shorter periods would make a source cost more than its packets. */
const PERIODS = { min: 1e6, max: 86_400e9 } as const;

const ARRIVALS = ['constant', 'poisson', 'on-off'] as const;

/** `readRate` reads a rate that is not in a file. */
export function pacingOf(draft: FlowDraft, readRate: () => number | undefined): OpenLoop | undefined {
  const { check, value } = draft;
  const arrivals = wordOf(child(value, 'arrivals'), ARRIVALS) ?? 'constant';
  const onOff = arrivals === 'on-off' ? onOffOf(draft) : undefined;
  if (arrivals !== 'on-off') refusePeriods(draft);
  const rate = child(value, 'rate');
  if (rate?.kind !== 'map') {
    const ratePerSecond = readRate();
    if (ratePerSecond === undefined) return undefined;
    if (arrivals !== 'on-off') return { ratePerSecond, arrivals };
    return onOff === undefined ? undefined : { ratePerSecond, arrivals, onOff };
  }
  if (arrivals === 'on-off') {
    check.diagnostics.error('not-applicable', rate.span, 'an on-off source has one rate while it is on', {
      expected: 'a rate such as 200/s, or a file with rows of rate 0',
    });
    return undefined;
  }
  const rateSteps = rateStepsOf(draft);
  if (rateSteps === undefined) return undefined;
  const ratePerSecond = meanRate(rateSteps, draft.inputs.durationNs);
  if (ratePerSecond > 0) return { ratePerSecond, arrivals, rateSteps };
  check.diagnostics.error('out-of-range', rate.span, 'with these rates the flow sends nothing', {
    expected: `a rate above 0 within the duration`,
  });
  return undefined;
}

function onOffOf({ check, name, span, value }: FlowDraft): OpenLoop['onOff'] {
  const read = (key: 'on' | 'off') => {
    const node = child(value, key);
    if (node === undefined) {
      check.diagnostics.error('missing-key', span, `'${name}' has arrivals on-off, but no ${key}`, {
        expected: `${key}: a time such as 2s, or a distribution of it`,
      });
    }
    return distributionOf(node, 'duration', PERIODS, check.diagnostics);
  };
  const [on, off] = [read('on'), read('off')];
  return on === undefined || off === undefined ? undefined : { on, off };
}

function refusePeriods({ check, value }: FlowDraft): void {
  for (const key of ['on', 'off']) {
    const node = child(value, key);
    if (node === undefined) continue;
    check.diagnostics.error('not-applicable', node.span, `${key} applies to arrivals on-off alone`, {
      expected: 'arrivals: on-off with it',
    });
  }
}

/** `{ file, scale }`: a bare value is per second. */
function rateStepsOf({ check, value }: FlowDraft): TimeSeries | undefined {
  const rate = child(value, 'rate');
  const stated = numberOf(child(rate, 'scale')) ?? 1;
  // A scale out of its range is an error of its own, which rates need not repeat.
  const scale = stated > 0 && stated <= MAX_RATE ? stated : 1;
  const form = { kind: 'frequency', bareUnit: 1, min: 0, max: MAX_RATE / scale } as const;
  const series = check.dataFiles.series(child(rate, 'file'), form);
  return series === undefined
    ? undefined
    : { timesNs: series.timesNs, values: series.values.map((each) => each * scale) };
}

/** Units per second over the whole run. */
function meanRate({ timesNs, values }: TimeSeries, durationNs: number): number {
  let units = 0;
  timesNs.forEach((fromNs, row) => {
    const untilNs = Math.min(durationNs, timesNs[row + 1] ?? durationNs);
    units += Math.max(0, untilNs - fromNs) * (values[row] as number);
  });
  return units / durationNs;
}

/** `trace`: a datagram a row, a bare value is its IP length in bytes. */
export function traceOf({ check, inputs, value }: FlowDraft): TimeSeries | undefined {
  for (const key of ['rate', 'arrivals', 'size', 'on', 'off']) {
    const node = child(value, key);
    if (node === undefined) continue;
    check.diagnostics.error('not-applicable', node.span, `${key} does not apply beside a trace`, {
      expected: 'either a trace, or rate, arrivals and size',
    });
  }
  const form = { kind: 'size', bareUnit: 1, ...PACKET_SIZES, allowsSameTime: true } as const;
  const node = child(value, 'trace');
  const trace = check.dataFiles.series(node, form);
  if (node === undefined || trace === undefined || (trace.timesNs[0] as number) < inputs.durationNs)
    return trace;
  check.diagnostics.error('out-of-range', node.span, 'the trace begins after the run has ended', {
    expected: 'a first row before the duration',
  });
  return undefined;
}

/** Whether the flow is to replay a trace. */
export function hasTrace({ value }: FlowDraft): boolean {
  return textOf(child(value, 'trace')) !== undefined;
}
