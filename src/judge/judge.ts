/**
 * Holds the results of a scenario's runs against what it expects of them. Pure: the same results always get the same
 * verdicts. Every bound of an expectation must hold, in every run unless it says in how many.
 */
import { assert, present } from '../base/assert.ts';
import { formatBitrate, formatDuration, formatShare } from '../base/units.ts';
import type { ScopeMeasures } from '../measure/plan.ts';
import type { ExpectationResult, Outcome, RunResult, ScopeResult, Verdict } from '../measure/result.ts';
import type { Expectation, Measure } from '../scenario/scenario.ts';
import { judgeBound, keepsTo } from './bound.ts';
import {
  findSubject,
  lookUp,
  type MeasureReading,
  readFound,
  readMeasure,
  type Subject,
  whyAbsent,
} from './read-measure.ts';

interface RunJudgement {
  readonly verdict: Outcome;
  readonly actual: string;
  /** Of each measure; empty when the subject is absent. */
  readonly readings: readonly MeasureReading[];
}

/** Whether an expectation has an entry of its own in `scopes`; others look at the whole run. */
export function isScoped(expectation: Expectation): boolean {
  return expectation.scope.kind !== 'whole' || expectation.direction !== null;
}

/** The n-th scoped expectation looks at `scopes[n]` of each run. */
export function judge(expectations: readonly Expectation[], runs: readonly RunResult[]): ExpectationResult[] {
  assert(runs.length > 0, 'there is a run to judge');
  let scopeIndex = 0;
  return expectations.map((expectation) => {
    const index = isScoped(expectation) ? scopeIndex++ : null;
    const judgements = runs.map((run) => judgeRun(expectation, run, scopeOf(run, index)));
    const { verdict, actual } = combineRuns(expectation, judgements, runs);
    return { text: expectation.text, actual, verdict };
  });
}

/** Fail before inconclusive before pass; `none` when nothing was expected. */
export function overallVerdict(results: readonly { readonly verdict: Outcome }[]): Verdict {
  return results.length === 0 ? 'none' : worstOf(results.map(({ verdict }) => verdict));
}

/** Whether all bounds hold on the measures of an instant, as the recorder asks for `by` scopes. */
export function holdsOn(expectation: Expectation): (measures: ScopeMeasures, nowNs: number) => boolean {
  const { subject: kind, name } = expectation;
  const wanted = expectation.measures.map((measure) => ({
    bound: measure.bound,
    found: lookUp(measure, kind, name),
  }));
  return (measures, nowNs) => {
    const subject: Subject = { kind, name, measures, endNs: nowNs, flows: null };
    if (whyAbsent(subject) !== null) return false;
    return wanted.every(({ bound, found }) => keepsTo(bound, readFound(found, subject)));
  };
}

function scopeOf(run: RunResult, index: number | null): ScopeResult | null {
  return index === null ? null : present(run.scopes[index], `the result has no scope ${index}`);
}

function worstOf(verdicts: readonly Outcome[]): Outcome {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

function judgeRun(expectation: Expectation, run: RunResult, scope: ScopeResult | null): RunJudgement {
  const subject = findSubject(expectation, run, scope);
  const absent = whyAbsent(subject);
  const readings =
    absent === null ? expectation.measures.map((measure) => readMeasure(measure, subject)) : [];
  const actual = absent ?? describeReadings(expectation.measures, readings);
  if (!run.complete) {
    return {
      verdict: 'inconclusive',
      actual: `${actual} (interrupted at ${formatDuration(run.simulatedNs)})`,
      readings,
    };
  }
  if (absent !== null) return { verdict: 'fail', actual, readings };
  if (scope?.heldAtNs !== undefined && subject.measures === scope.measures) {
    const { heldAtNs } = scope;
    if (heldAtNs !== null)
      return { verdict: 'pass', actual: `${actual} at ${formatDuration(heldAtNs)}`, readings };
    return {
      verdict: 'fail',
      actual: `${actual} at ${formatDuration(scope.toNs)}, never as expected`,
      readings,
    };
  }
  const verdicts = expectation.measures.map((measure, i) =>
    judgeBound(measure.bound, readings[i] as MeasureReading),
  );
  return { verdict: worstOf(verdicts), actual: actual + whyInconclusive(verdicts, readings), readings };
}

function whyInconclusive(verdicts: readonly Outcome[], readings: readonly MeasureReading[]): string {
  if (worstOf(verdicts) !== 'inconclusive') return '';
  const spacingNs = readings[verdicts.indexOf('inconclusive')]?.resolutionNs ?? 0;
  return ` (units are ${formatDuration(spacingNs)} apart)`;
}

function combineRuns(
  { inShareOfRuns, measures }: Expectation,
  judgements: readonly RunJudgement[],
  runs: readonly RunResult[],
): { verdict: Outcome; actual: string } {
  const first = judgements[0] as RunJudgement;
  const count = judgements.length;
  if (count === 1) return first;
  const passed = judgements.filter(({ verdict }) => verdict === 'pass').length;
  const failed = judgements.filter(({ verdict }) => verdict === 'fail').length;
  const share = inShareOfRuns ?? 1;
  const isEnough = (n: number): boolean => n / count >= share - 1e-12;
  // Inconclusive runs could still turn out either way.
  const verdict = isEnough(passed) ? 'pass' : isEnough(count - failed) ? 'inconclusive' : 'fail';
  const range = describeRange(measures, judgements);
  if (passed === count) return { verdict, actual: `${range} in ${count} runs` };
  const worst = judgements.findIndex((each) => each.verdict === (failed > 0 ? 'fail' : 'inconclusive'));
  const of = `${passed} of ${count} runs pass (${formatShare(passed / count)})`;
  const example = `replication ${(runs[worst] as RunResult).replication}: ${(judgements[worst] as RunJudgement).actual}`;
  return { verdict, actual: `${of}; ${example}` };
}

/** Of all runs together: the least and the greatest of each number, the different texts. */
function describeRange(measures: readonly Measure[], judgements: readonly RunJudgement[]): string {
  const parts = measures.map((measure, index) => {
    const readings = judgements.map(({ readings }) => readings[index] as MeasureReading);
    const sorted = readings.toSorted((a, b) => order(a) - order(b));
    const texts = [
      sorted[0] as MeasureReading,
      ...(isNumeric(readings) ? [sorted.at(-1) as MeasureReading] : sorted),
    ];
    const different = new Set(texts.map((reading) => describeValue(measure, reading)));
    return `${measure.path.join('.')} ${[...different].join(isNumeric(readings) ? ' to ' : ', ')}`;
  });
  return parts.join(', ');
}

const isNumeric = (readings: readonly MeasureReading[]): boolean =>
  readings.every(({ value }) => typeof value === 'number');
const order = ({ value, whole }: MeasureReading): number =>
  typeof value !== 'number' ? 0 : whole !== null && whole > 0 ? value / whole : value;

function describeReadings(measures: readonly Measure[], readings: readonly MeasureReading[]): string {
  const parts = measures.map((measure, index) => {
    return `${measure.path.join('.')} ${describeValue(measure, readings[index] as MeasureReading)}`;
  });
  return parts.join(', ');
}

/** Moments may never come; other absent things are none. */
const MOMENTS = /^(detect|switch|heal)|\.heal/;

function describeValue({ path, bound }: Measure, { kind, value, whole }: MeasureReading): string {
  if (value === null) return kind === 'refusal' ? 'no' : MOMENTS.test(path.join('.')) ? 'never' : 'none';
  if (typeof value === 'string') return value;
  if (kind === 'time') return formatDuration(value);
  if (kind === 'bitrate') return formatBitrate(value);
  const isShare = bound.kind === 'range' && (bound.min?.relative === true || bound.max?.relative === true);
  if (!isShare || whole === null)
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  return whole === 0 ? `${value} of 0` : `${formatShare(value / whole)} (${value} of ${whole})`;
}
