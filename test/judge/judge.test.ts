/** Every rule of `expect`, one at a time, on hand-made results. */
import { describe, expect, test } from 'vitest';
import { holdsOn, judge, overallVerdict } from '../../src/judge/judge.ts';
import type { Outcome, RunResult, ScopeResult } from '../../src/measure/result.ts';
import type { Bound, Expectation } from '../../src/scenario/scenario.ts';
import { eventResult, flowResult, PACKETS, runResult, SECOND } from '../support/measure-result.ts';

const exactly = (value: number): Bound => between(value, value);
const atLeast = (value: number): Bound => between(value, null);
const atMost = (value: number): Bound => between(null, value);

function between(min: number | null, max: number | null, relative = false): Bound {
  const limit = (value: number | null) => (value === null ? null : { value, relative });
  return { kind: 'range', min: limit(min), max: limit(max) };
}

const share = (min: number | null, max: number | null): Bound => between(min, max, true);

/** `subject` is such as `flow browse`, `path` such as `requests.failed`. */
function expectation(
  subject: string,
  path: string,
  bound: Bound,
  changes: Partial<Expectation> = {},
): Expectation {
  const [kind, name] = subject.split(' ') as [Expectation['subject'], string];
  return {
    text: `${subject}: ${path}`,
    subject: kind,
    name,
    scope: { kind: 'whole' },
    direction: null,
    measures: [{ path: path.split('.'), bound }],
    inShareOfRuns: null,
    ...changes,
  };
}

function verdictOf(expected: Expectation, run: RunResult): Outcome {
  return judge([expected], [run])[0]?.verdict as Outcome;
}

function actualOf(expected: Expectation, ...runs: RunResult[]): string {
  return judge([expected], runs)[0]?.actual as string;
}

const withFlow = (changes: Parameters<typeof flowResult>[0]): RunResult =>
  runResult({ flows: { browse: flowResult(changes) } });
const withEvent = (changes: Parameters<typeof eventResult>[0]): RunResult =>
  runResult({ events: { dies: eventResult(changes) } });

describe('bounds', () => {
  test('are inclusive at both ends', () => {
    const verdicts = [1, 2, 3, 4, 5].map((n) =>
      verdictOf(expectation('flow browse', 'lost', between(2, 4)), withFlow({ lost: n })),
    );
    expect(verdicts).toEqual(['fail', 'pass', 'pass', 'pass', 'fail']);
  });

  test('may be open at one end', () => {
    expect(verdictOf(expectation('flow browse', 'sent', atLeast(100)), runResult())).toBe('pass');
    expect(verdictOf(expectation('flow browse', 'sent', atLeast(101)), runResult())).toBe('fail');
    expect(verdictOf(expectation('flow browse', 'sent', atMost(99)), runResult())).toBe('fail');
  });

  test('that are plain values mean exactly', () => {
    expect(verdictOf(expectation('event dies', 'detect', exactly(2 * SECOND)), runResult())).toBe('pass');
    expect(verdictOf(expectation('event dies', 'detect', exactly(2 * SECOND + 1)), runResult())).toBe('fail');
  });

  test('in percent compare counts with their whole', () => {
    const run = withFlow({
      sent: 6000,
      requests: { ok: 5543, failed: 457, byOutcome: {}, retried: 0, retries: 0 },
    });
    expect(verdictOf(expectation('flow browse', 'requests.failed', share(0.068, 0.086)), run)).toBe('pass');
    expect(verdictOf(expectation('flow browse', 'requests.failed', share(0.08, 0.086)), run)).toBe('fail');
    expect(actualOf(expectation('flow browse', 'requests.failed', share(0.068, 0.086)), run)).toBe(
      'requests.failed 7.617% (457 of 6000)',
    );
    const tenth = withFlow({ sent: 10, lost: 3 });
    expect(verdictOf(expectation('flow browse', 'lost', share(0.1 + 0.2, 0.1 + 0.2)), tenth)).toBe('pass');
  });

  test('in percent of nothing fail', () => {
    const run = withFlow({ connections: { ...flowResult().connections, opened: 0 } });
    expect(verdictOf(expectation('flow browse', 'connections.affected', share(null, 1)), run)).toBe('fail');
  });

  test('on text compare it', () => {
    const healthCheck: Bound = { kind: 'text', value: 'health-check' };
    expect(verdictOf(expectation('event dies', 'detected_by', healthCheck), runResult())).toBe('pass');
    expect(
      verdictOf(expectation('event dies', 'detected_by', { kind: 'text', value: 'bfd' }), runResult()),
    ).toBe('fail');
  });

  test('on bit rates compare numbers', () => {
    expect(verdictOf(expectation('flow browse', 'goodput', between(7e6, 9e6)), runResult())).toBe('pass');
    expect(actualOf(expectation('flow browse', 'goodput', exactly(1)), runResult())).toBe('goodput 8Mbps');
  });

  test('all have to hold', () => {
    const both = expectation('event dies', 'detect', exactly(2 * SECOND), {
      measures: [
        { path: ['detect'], bound: exactly(2 * SECOND) },
        { path: ['switch'], bound: exactly(3 * SECOND) },
      ],
    });
    expect(judge([both], [runResult()])).toEqual([
      { text: both.text, actual: 'detect 2s, switch 2s', verdict: 'fail' },
    ]);
  });
});

describe('null', () => {
  test('is what `never` asserts', () => {
    const never = expectation('event dies', 'detect', { kind: 'never' });
    expect(verdictOf(never, withEvent({ detectedAfterNs: null }))).toBe('pass');
    expect(verdictOf(never, runResult())).toBe('fail');
  });

  test('fails every other bound', () => {
    const undetected = withEvent({ detectedAfterNs: null, detectedBy: 'none', healedAfterNs: null });
    expect(verdictOf(expectation('event dies', 'detect', atMost(SECOND)), undetected)).toBe('fail');
    expect(verdictOf(expectation('event dies', 'detect', atLeast(0)), undetected)).toBe('fail');
    expect(verdictOf(expectation('event dies', 'heal', exactly(0)), undetected)).toBe('fail');
    expect(actualOf(expectation('event dies', 'detect', atLeast(0)), undetected)).toBe('detect never');
    expect(
      verdictOf(expectation('flow browse', 'latency.p99', atMost(SECOND)), withFlow({ latencyNs: null })),
    ).toBe('fail');
  });
});

describe('refusals', () => {
  const REASON = 'a static public address is not an EIP';
  test.each<[Bound, string | null, Outcome]>([
    [{ kind: 'boolean', value: true }, REASON, 'pass'],
    [{ kind: 'boolean', value: true }, null, 'fail'],
    [{ kind: 'boolean', value: false }, null, 'pass'],
    [{ kind: 'text', value: REASON }, REASON, 'pass'],
    [{ kind: 'text', value: 'another' }, REASON, 'fail'],
    [{ kind: 'never' }, null, 'pass'],
  ])('%o of %s: %s', (bound, refused, verdict) => {
    expect(verdictOf(expectation('event dies', 'refused', bound), withEvent({ refused }))).toBe(verdict);
  });
});

describe('nothing to look at', () => {
  test('a flow that sent nothing fails, even where nothing would satisfy', () => {
    const silent = withFlow({ sent: 0, delivered: 0 });
    expect(judge([expectation('flow browse', 'lost', exactly(0))], [silent])[0]).toMatchObject({
      verdict: 'fail',
      actual: 'nothing was sent',
    });
    expect(verdictOf(expectation('event dies', 'flows.browse.lost', exactly(0)), silent)).toBe('fail');
  });

  test('an event after the end fails', () => {
    const late = expectation('event dies', 'detect', { kind: 'never' });
    expect(verdictOf(late, withEvent({ atNs: null, detectedAfterNs: null }))).toBe('fail');
  });
});

describe('outages and impairments', () => {
  const run = withFlow({
    outages: [
      { startNs: SECOND, endNs: 3 * SECOND, lost: 20 },
      { startNs: 7 * SECOND, endNs: null, lost: 30 },
    ],
    impairments: [{ startNs: SECOND, endNs: 6 * SECOND, lost: 20, offered: 50 }],
  });

  test('are the longest, their totals the sum, without an end they last until the end', () => {
    const read = (path: string) => actualOf(expectation('flow browse', path, atLeast(0)), run);
    expect(read('outage')).toBe('outage 3s');
    expect(read('outage_total')).toBe('outage_total 5s');
    expect(read('outages')).toBe('outages 2');
    expect(read('impairment')).toBe('impairment 5s');
    expect(read('impairment_total')).toBe('impairment_total 5s');
    expect(read('impairments')).toBe('impairments 1');
  });

  test('count as 0 when there is none', () => {
    expect(verdictOf(expectation('flow browse', 'outage', exactly(0)), runResult())).toBe('pass');
    expect(actualOf(expectation('flow browse', 'impairment_total', exactly(0)), runResult())).toBe(
      'impairment_total 0s',
    );
  });
});

describe('times told by units 100 ms apart', () => {
  const MS = 1_000_000;
  const outageOf = (lengthNs: number): RunResult =>
    withFlow({ outages: lengthNs === 0 ? [] : [{ startNs: 0, endNs: lengthNs, lost: 3 }] });

  test.each<[string, number, Bound, Outcome]>([
    ['no outage where none is allowed', 0, exactly(0), 'pass'],
    ['no outage where a longer one than the spacing is allowed', 0, atMost(100 * MS), 'pass'],
    ['no outage where only a shorter one than the spacing is allowed', 0, atMost(50 * MS), 'inconclusive'],
    ['an outage where none is allowed', 300 * MS, exactly(0), 'fail'],
    ['a short outage where none is allowed', 50 * MS, exactly(0), 'fail'],
    ['well inside', 3000 * MS, between(2000 * MS, 4000 * MS), 'pass'],
    ['just inside a wide bound', 2010 * MS, between(2000 * MS, 4000 * MS), 'pass'],
    ['just outside a wide bound', 1990 * MS, between(2000 * MS, 4000 * MS), 'fail'],
    ['near a bound narrower than the spacing', 2010 * MS, between(2000 * MS, 2050 * MS), 'inconclusive'],
    ['near an exact value', 2050 * MS, exactly(2000 * MS), 'inconclusive'],
    ['far from a bound narrower than the spacing', 3000 * MS, between(2000 * MS, 2050 * MS), 'fail'],
    ['above an open minimum by less than the spacing', 2010 * MS, atLeast(2000 * MS), 'pass'],
    ['below a maximum by less than the spacing', 1990 * MS, atMost(2000 * MS), 'pass'],
    ['above a maximum finer than the spacing', 120 * MS, atMost(50 * MS), 'inconclusive'],
    ['far above a maximum finer than the spacing', 300 * MS, atMost(50 * MS), 'fail'],
  ])('%s', (_, lengthNs, bound, verdict) => {
    expect(verdictOf(expectation('flow browse', 'outage', bound), outageOf(lengthNs))).toBe(verdict);
  });

  test('says why it is inconclusive', () => {
    const exact = expectation('flow browse', 'outage', exactly(2000 * MS));
    expect(actualOf(exact, outageOf(2050 * MS))).toBe('outage 2.05s (units are 100ms apart)');
  });

  test('healing is told by the coarsest flow that lost something', () => {
    const lost = {
      lost: 5,
      outageNs: 0,
      impairmentNs: 0,
      healedAfterNs: 2050 * MS,
      sessionsBroken: 0,
      connectionsMoved: 0,
      connectionsAffected: 0,
    };
    const run = runResult({
      flows: { browse: flowResult(), slow: flowResult({ resolutionNs: SECOND }) },
      events: { dies: eventResult({ healedAfterNs: 2050 * MS, flows: { browse: lost } }) },
    });
    const heal = expectation('event dies', 'heal', between(2000 * MS, 2500 * MS));
    expect(verdictOf(heal, run)).toBe('pass');
    const both = {
      ...run,
      events: { dies: eventResult({ healedAfterNs: 2050 * MS, flows: { browse: lost, slow: lost } }) },
    };
    expect(verdictOf(heal, both)).toBe('inconclusive');
    const unhurt = { ...run, events: { dies: eventResult({ healedAfterNs: 0 }) } };
    expect(verdictOf(expectation('event dies', 'heal', atMost(200 * MS)), unhurt)).toBe('pass');
    expect(verdictOf(expectation('event dies', 'heal', atMost(50 * MS)), unhurt)).toBe('inconclusive');
  });

  test('other times are compared plainly', () => {
    expect(verdictOf(expectation('event dies', 'detect', exactly(2 * SECOND)), runResult())).toBe('pass');
  });
});

describe('what an event cost a flow', () => {
  test('is read by the name of the flow, with shares of the flow', () => {
    const cost = {
      lost: 10,
      outageNs: 5e8,
      impairmentNs: 6e8,
      healedAfterNs: 7e8,
      sessionsBroken: 0,
      connectionsMoved: 0,
      connectionsAffected: 25,
    };
    const run = withEvent({ flows: { browse: cost } });
    const read = (path: string, bound = atLeast(0)) => actualOf(expectation('event dies', path, bound), run);
    expect(read('flows.browse.lost', share(0, 1))).toBe('flows.browse.lost 10% (10 of 100)');
    expect(read('flows.browse.connections_affected', share(0, 1))).toBe(
      'flows.browse.connections_affected 25% (25 of 100)',
    );
    expect(read('flows.browse.outage')).toBe('flows.browse.outage 500ms');
    expect(read('flows.browse.heal')).toBe('flows.browse.heal 700ms');
  });

  test('is nothing when the event does not list it', () => {
    expect(verdictOf(expectation('event dies', 'flows.browse.lost', exactly(0)), runResult())).toBe('pass');
    expect(verdictOf(expectation('event dies', 'flows.browse.heal', exactly(0)), runResult())).toBe('pass');
  });
});

describe('other subjects', () => {
  const device = {
    forwarded: 10,
    delivered: 1,
    consumed: 2,
    dropped: 4,
    droppedByReason: { isolated: 4 },
    retransmitted: 0,
    gauges: { sessions: 3 },
  };
  const run = runResult({
    devices: { 'front/a/node-1': device, 'front/a/node-2': device, frontier: device, web: device },
    stateChanges: [
      { atNs: 0, subject: 'front', from: null, to: 'active', because: null },
      { atNs: SECOND, subject: 'front', from: 'active', to: 'standby', because: null },
    ],
    cost: [{ item: 'traffic', quantity: 2.5, unit: 'GB', amount: null }],
  });

  test.each([
    ['packets all', 'created', 'created 1000'],
    ['packets all', 'dropped_by.device-down', 'dropped_by.device-down 10'],
    ['packets all', 'dropped_by.no-route', 'dropped_by.no-route 0'],
    ['packets all', 'in_flight', 'in_flight 0'],
    ['packets web', 'dropped_by.isolated', 'dropped_by.isolated 4'],
    ['resource front', 'forwarded', 'forwarded 20'],
    ['resource front', 'gauges.sessions', 'gauges.sessions 6'],
    ['resource front', 'gauges.unheard-of', 'gauges.unheard-of none'],
    ['resource front', 'state', 'state standby'],
    ['resource front', 'changes', 'changes 1'],
    ['cost traffic', 'quantity', 'quantity 2.5'],
    ['cost traffic', 'amount', 'amount none'],
  ])('%s: %s', (subject, path, actual) => {
    expect(actualOf(expectation(subject, path, atLeast(0)), run)).toBe(actual);
  });

  test.each([
    ['lost_by.no-route', 'lost_by.no-route 3'],
    ['lost_by.link-down', 'lost_by.link-down 0'],
    ['requests.by_outcome.status-5xx', 'requests.by_outcome.status-5xx 2'],
    ['latency.p999', 'latency.p999 5ms'],
    ['connections.outage.max', 'connections.outage.max 0s'],
    ['connections.by_direction.in.affected', 'connections.by_direction.in.affected 0'],
    ['loss_derived', 'loss_derived none'],
    ['resolution', 'resolution 100ms'],
    ['stray_lost', 'stray_lost 0'],
  ])('flow: %s', (path, actual) => {
    const requests = { ok: 0, failed: 0, byOutcome: { 'status-5xx': 2 }, retried: 0, retries: 0 };
    const flow = withFlow({ lostByReason: { 'no-route': 3 }, requests, lossDerivedNs: null });
    expect(actualOf(expectation('flow browse', path, atLeast(0)), flow)).toBe(actual);
  });
});

describe('scopes', () => {
  const scope = (changes: Partial<ScopeResult>): ScopeResult => ({
    subject: 'flow',
    name: 'browse',
    fromNs: 0,
    toNs: 5 * SECOND,
    direction: null,
    measures: flowResult(),
    ...changes,
  });
  const during: Expectation['scope'] = { kind: 'during', from: { kind: 'at', atNs: 0 }, to: { kind: 'end' } };

  test('the n-th scoped expectation looks at the n-th scope', () => {
    const run = runResult({
      scopes: [
        scope({ measures: flowResult({ lost: 1 }) }),
        scope({ measures: flowResult({ lost: 2 }), direction: 'in' }),
      ],
    });
    const results = judge(
      [
        expectation('flow browse', 'lost', exactly(1), { scope: during }),
        expectation('flow browse', 'lost', exactly(0)),
        expectation('flow browse', 'lost', exactly(2), { direction: 'in' }),
      ],
      [run],
    );
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
  });

  test('an outage without an end lasts until the end of its window', () => {
    const outages = [{ startNs: SECOND, endNs: null, lost: 30 }];
    const run = runResult({ scopes: [scope({ measures: flowResult({ outages }) })] });
    expect(actualOf(expectation('flow browse', 'outage', atLeast(0), { scope: during }), run)).toBe(
      'outage 4s',
    );
  });

  test('a flow that sent nothing in its scope fails', () => {
    const run = runResult({ scopes: [scope({ measures: flowResult({ sent: 0 }) })] });
    expect(verdictOf(expectation('flow browse', 'lost', exactly(0), { scope: during }), run)).toBe('fail');
  });

  test('packets are read in their scope', () => {
    const run = runResult({
      scopes: [scope({ subject: 'packets', name: 'all', measures: { ...PACKETS, dropped: 3 } })],
    });
    expect(verdictOf(expectation('packets all', 'dropped', exactly(3), { scope: during }), run)).toBe('pass');
  });

  test('`by` passes when its bounds once held', () => {
    const by = expectation('flow browse', 'delivered', atLeast(50), {
      scope: { kind: 'by', at: { kind: 'end' } },
    });
    const held = runResult({
      scopes: [scope({ heldAtNs: 3 * SECOND, measures: flowResult({ delivered: 50 }) })],
    });
    expect(judge([by], [held])[0]).toMatchObject({ verdict: 'pass', actual: 'delivered 50 at 3s' });
    const never = runResult({ scopes: [scope({ heldAtNs: null, measures: flowResult({ delivered: 49 }) })] });
    expect(judge([by], [never])[0]).toMatchObject({
      verdict: 'fail',
      actual: 'delivered 49 at 5s, never as expected',
    });
  });

  test('holdsOn says whether all bounds hold on the measures of an instant', () => {
    const holds = holdsOn(expectation('flow browse', 'outage', atLeast(3 * SECOND)));
    const outages = [{ startNs: SECOND, endNs: null, lost: 30 }];
    expect(holds(flowResult({ outages }), 3 * SECOND)).toBe(false);
    expect(holds(flowResult({ outages }), 4 * SECOND)).toBe(true);
    expect(holdsOn(expectation('flow browse', 'lost', exactly(0)))(flowResult({ sent: 0 }), 0)).toBe(false);
    expect(holdsOn(expectation('flow browse', 'lost', share(null, 0.1)))(flowResult({ lost: 10 }), 0)).toBe(
      true,
    );
  });
});

describe('several runs', () => {
  const lost = expectation('flow browse', 'lost', atMost(2));
  const runs = (...losses: number[]): RunResult[] =>
    losses.map((n, replication) => ({ ...withFlow({ lost: n }), replication }));
  const judged = (expected: Expectation, all: RunResult[]) => judge([expected], all)[0];

  test('must all pass', () => {
    expect(judged(lost, runs(0, 1, 2))).toMatchObject({ verdict: 'pass', actual: 'lost 0 to 2 in 3 runs' });
    expect(judged(lost, runs(0, 1, 3))).toMatchObject({
      verdict: 'fail',
      actual: '2 of 3 runs pass (66.67%); replication 2: lost 3',
    });
  });

  test('pass in the share asked for', () => {
    const most = { ...lost, inShareOfRuns: 0.75 };
    expect(judged(most, runs(0, 1, 2, 3))?.verdict).toBe('pass');
    expect(judged(most, runs(0, 1, 3, 3))?.verdict).toBe('fail');
  });

  test('that cannot be judged leave it open only if they matter', () => {
    const interrupted = { ...runResult(), complete: false };
    const most = { ...lost, inShareOfRuns: 0.75 };
    expect(judged(most, [...runs(0, 1, 2), interrupted])?.verdict).toBe('pass');
    expect(judged(most, [...runs(0, 1, 3), interrupted])?.verdict).toBe('inconclusive');
    expect(judged(most, [...runs(0, 3, 3), interrupted])?.verdict).toBe('fail');
  });
});

test('an interrupted run is inconclusive', () => {
  const run = { ...withFlow({ lost: 99 }), complete: false };
  expect(judge([expectation('flow browse', 'lost', exactly(0))], [run])[0]).toMatchObject({
    verdict: 'inconclusive',
    actual: 'lost 99 (interrupted at 10s)',
  });
});

test('the overall verdict is the worst', () => {
  const of = (...verdicts: Outcome[]) => overallVerdict(verdicts.map((verdict) => ({ verdict })));
  expect(of()).toBe('none');
  expect(of('pass', 'pass')).toBe('pass');
  expect(of('pass', 'inconclusive')).toBe('inconclusive');
  expect(of('inconclusive', 'fail', 'pass')).toBe('fail');
});
