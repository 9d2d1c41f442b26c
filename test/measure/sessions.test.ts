/** Goal: sessions, TCP counts and series mean what docs/RESULTS.md says. Method: a recorder told by hand. */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { FlowSeries, seriesStepNs } from '../../src/measure/flow-series.ts';
import type { FlowResult, ScopeResult } from '../../src/measure/result.ts';
import type { DeviceId, PacketId } from '../../src/network/ids.ts';
import { eventPlan, FLOW, flowPlan, RecorderDriver, SECOND, scopePlan } from '../support/measure-recorder.ts';

/** Opens a connection that becomes a session now. */
function open(driver: RecorderDriver): number {
  const connection = driver.recorder.openConnection(FLOW);
  driver.recorder.openSession(FLOW, connection);
  return connection;
}

describe('sessions', () => {
  test('opened are completed, broken and alive together', () => {
    const driver = new RecorderDriver();
    const [a, b] = [open(driver), open(driver), open(driver)];
    driver.recorder.completeSession(FLOW, a);
    driver.recorder.breakSession(FLOW, b, NONE);
    expect(driver.finish().flow().sessions).toEqual({
      opened: 3,
      completed: 1,
      broken: 1,
      alive: 1,
      survived: 0,
    });
  });

  test('a connection that was never established is none', () => {
    const driver = new RecorderDriver();
    driver.recorder.openConnection(FLOW);
    expect(driver.finish().flow()).toMatchObject({ connections: { opened: 1 }, sessions: { opened: 0 } });
  });

  test('survive an event that met them once they have exchanged data after it', () => {
    const driver = new RecorderDriver({ events: [eventPlan('dies', 10 * SECOND)] });
    const [met, silent, untouched] = [open(driver), open(driver), open(driver)];
    driver.at(11 * SECOND);
    const later = open(driver);
    for (const connection of [met, silent, later]) driver.impair(NONE, 0, connection);
    for (const connection of [met, untouched, later]) driver.recorder.useSession(FLOW, connection);
    // `later` was opened after the event began, `silent` has said nothing since.
    expect(driver.finish().flow().sessions).toMatchObject({ survived: 1, alive: 4 });
  });

  test('that break after all have not survived', () => {
    const driver = new RecorderDriver({ events: [eventPlan('dies', 10 * SECOND)] });
    const session = open(driver);
    driver.at(11 * SECOND).impair(NONE, 0, session);
    driver.recorder.useSession(FLOW, session);
    driver.recorder.breakSession(FLOW, session, NONE);
    expect(driver.finish().flow().sessions).toMatchObject({ survived: 0, broken: 1 });
  });

  test('broken ones are blamed on the event of their unit, or on the one that met them last while they were silent', () => {
    const driver = new RecorderDriver({ events: [eventPlan('dies', SECOND), eventPlan('other', SECOND)] });
    const [talking, idle, healed] = [open(driver), open(driver), open(driver)];
    driver.at(2 * SECOND);
    const unit = driver.offer();
    driver.drop(unit, { event: 0, connection: talking });
    driver.impair(NONE, 1, idle);
    driver.impair(NONE, 1, healed);
    driver.recorder.useSession(FLOW, healed);
    for (const [session, lost] of [
      [talking, unit],
      [idle, NONE],
      [healed, NONE],
    ] as const)
      driver.recorder.breakSession(FLOW, session, lost);
    driver.recorder.fail(FLOW, unit, 'response-timeout');
    const { dies, other } = driver.finish().recorder.eventResults();
    expect([dies?.flows.browse?.sessionsBroken, other?.flows.browse?.sessionsBroken]).toEqual([1, 1]);
  });

  test('of a window are those it began with and those opened since, with what befell them in it', () => {
    const scopes = [scopePlan({ fromNs: 10 * SECOND, toNs: 20 * SECOND })];
    const driver = new RecorderDriver({ scopes });
    const early = open(driver);
    const kept = open(driver);
    const before = open(driver);
    driver.at(5 * SECOND).recorder.completeSession(FLOW, before);
    driver.at(12 * SECOND).recorder.breakSession(FLOW, early, NONE);
    open(driver);
    driver.at(30 * SECOND).recorder.completeSession(FLOW, kept);
    open(driver);
    const { measures } = driver.finish().recorder.scopeResults()[0] as { measures: FlowResult };
    expect(measures.sessions).toEqual({ opened: 3, completed: 0, broken: 1, alive: 2, survived: 0 });
  });

  test('are counted up to an instant, and awaited by one', () => {
    const holds = (measures: unknown): boolean => (measures as FlowResult).sessions.alive === 2;
    const scopes = [
      scopePlan({ kind: 'at', toNs: 10 * SECOND }),
      scopePlan({ kind: 'by', toNs: 50 * SECOND, holds }),
    ];
    const driver = new RecorderDriver({ scopes });
    open(driver);
    driver.at(20 * SECOND);
    open(driver);
    const [at, by] = driver.finish().recorder.scopeResults() as [ScopeResult, ScopeResult];
    expect((at.measures as FlowResult).sessions.alive).toBe(1);
    expect(by.heldAtNs).toBe(20 * SECOND);
  });
});

describe('the units of a stream', () => {
  const stream = () =>
    new RecorderDriver({
      flows: [flowPlan({ isStream: true, slots: 1 })],
      events: [eventPlan('dies', SECOND)],
    });

  test('fail for the reason that the oldest of their connection fails for', () => {
    const driver = stream();
    const units = [driver.offer(0), driver.offer(0), driver.offer(0)];
    driver.drop(units[0] as number, { reason: 'link-down', event: 0, connection: 0 });
    for (const unit of units) driver.recorder.fail(FLOW, unit, 'response-timeout');
    expect(driver.finish().flow().lostByReason).toEqual({ 'link-down': 3 });
    expect(driver.recorder.eventResults().dies?.flows.browse?.lost).toBe(3);
  });

  test('do not take a reason that was overcome', () => {
    const driver = stream();
    const [first, second] = [driver.offer(0), driver.offer(0)];
    driver.drop(first, { reason: 'link-down', connection: 0 });
    driver.recorder.deliver(FLOW, first, 1448);
    driver.recorder.fail(FLOW, second, 'response-timeout');
    expect(driver.finish().flow().lostByReason).toEqual({ 'response-timeout': 1 });
  });
});

describe('TCP', () => {
  const told = () => {
    const driver = new RecorderDriver({
      flows: [flowPlan({ usesTcp: true })],
      scopes: [scopePlan({ fromNs: 10 * SECOND, toNs: 20 * SECOND })],
    });
    const packet = 0 as PacketId;
    // The columns say which flow and direction a packet has.
    driver.impair(NONE, NONE, NONE, 0);
    driver.at(5 * SECOND).recorder.onSegment?.(packet);
    driver.recorder.onSegment?.(packet);
    driver.at(15 * SECOND).recorder.onSegment?.(packet);
    driver.recorder.onRetransmit(0 as DeviceId, packet);
    driver.recorder.onRoundTrip(FLOW, 20e6);
    return driver.finish();
  };

  test('of a flow: segments, those sent again, round trips', () => {
    expect(told().flow().tcp).toMatchObject({
      segments: 3,
      retransmitted: 1,
      roundTripNs: { min: 20e6, max: 20e6 },
      byDirection: { out: { segments: 3, retransmitted: 1 }, in: { segments: 0, retransmitted: 0 } },
    });
  });

  test('of a window is what happened in it', () => {
    const { measures } = told().recorder.scopeResults()[0] as { measures: FlowResult };
    expect(measures.tcp).toMatchObject({ segments: 1, retransmitted: 1 });
  });

  test('is nothing for a flow without it, and nobody asks to hear of segments', () => {
    const driver = new RecorderDriver();
    expect(driver.recorder.onSegment).toBeUndefined();
    expect(driver.finish().flow().tcp).toBeNull();
  });
});

describe('series', () => {
  test('have a step each, the last one cut short, and no round trip where none was measured', () => {
    const series = new FlowSeries(SECOND);
    series.addDelivered(0, 1000);
    series.addDelivered(2.2 * SECOND, 500);
    series.addRoundTrip(0, 10);
    series.addRoundTrip(1, 20);
    series.addRetransmission(1.5 * SECOND);
    expect(series.describe(2.5 * SECOND, true)).toEqual({
      goodputBps: [8000, 0, 8000],
      retransmitted: [0, 1, 0],
      roundTripNs: [15, null, null],
    });
    expect(series.describe(2.5 * SECOND, false)).toMatchObject({ retransmitted: [], roundTripNs: [] });
  });

  test('stay bounded: longer steps in long runs and with many flows', () => {
    expect(seriesStepNs(SECOND, 100 * SECOND, 10)).toBe(SECOND);
    expect(seriesStepNs(SECOND, 86_400 * SECOND, 1)).toBe(9 * SECOND);
    expect(seriesStepNs(SECOND, 86_400 * SECOND, 1000)).toBe(864 * SECOND);
    expect(seriesStepNs(SECOND, 0.5 * SECOND, 1_000_000)).toBe(SECOND);
  });

  test('add up to what the flow delivered', () => {
    const driver = new RecorderDriver();
    driver.units('..x..', { gapNs: 0.7 * SECOND });
    const { stepNs, flows } = driver.finish(10 * SECOND).recorder.seriesResult();
    const bits = (flows.browse?.goodputBps ?? []).reduce((sum, bps) => sum + bps * (stepNs / 1e9), 0);
    expect(bits).toBe(driver.flow().delivered * 100 * 8);
  });
});
