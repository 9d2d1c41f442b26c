/** Definitions of docs/RESULTS.md, one by one, on units told by hand: `.` delivered, `x` lost, `?` pending. */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { eventPlan, FLOW, flowPlan, RecorderDriver, SECOND } from '../support/measure-recorder.ts';

const GAP = SECOND / 10;

describe('units', () => {
  test('sent is delivered, lost and pending together', () => {
    const driver = new RecorderDriver();
    driver.units('..x.?x?');
    const { sent, delivered, lost, pending } = driver.finish().flow();
    expect({ sent, delivered, lost, pending }).toEqual({ sent: 7, delivered: 3, lost: 2, pending: 2 });
  });

  test('are numbered in send order within their flow', () => {
    const driver = new RecorderDriver({ flows: [flowPlan(), flowPlan({ name: 'other' })] });
    expect([driver.offer(), driver.offer(), driver.offer(NONE, 1 as FlowId)]).toEqual([0, 1, 0]);
  });

  test('lost ones carry the reason of the last packet dropped for them, else how they failed', () => {
    const driver = new RecorderDriver();
    const [twice, plain] = [driver.offer(), driver.offer()];
    driver.drop(twice, { reason: 'link-down' });
    driver.drop(twice, { reason: 'queue-full' });
    driver.recorder.fail(FLOW, twice, 'connect-timeout');
    driver.recorder.fail(FLOW, plain, 'refused');
    expect(driver.finish().flow().lostByReason).toEqual({ 'queue-full': 1, refused: 1 });
  });

  test('a drop saved by retransmission is no loss', () => {
    const driver = new RecorderDriver();
    const unit = driver.offer();
    driver.drop(unit);
    driver.at(SECOND).recorder.deliver(FLOW, unit, 10);
    expect(driver.finish().flow()).toMatchObject({ delivered: 1, lost: 0, lostByReason: {} });
    expect(driver.flow().latencyNs).toMatchObject({ min: SECOND, p50: SECOND, max: SECOND, mean: SECOND });
  });

  test('a unit of one packet is lost when that is dropped', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ isOnePacket: true })] });
    driver.drop(driver.offer(), { reason: 'no-route' });
    expect(driver.finish().flow().lostByReason).toEqual({ 'no-route': 1 });
  });

  test('what happens to a resolved unit later is ignored', () => {
    const driver = new RecorderDriver();
    const [lost, delivered] = [driver.offer(), driver.offer()];
    driver.recorder.fail(FLOW, lost, 'response-timeout');
    driver.recorder.deliver(FLOW, lost, 10);
    driver.recorder.deliver(FLOW, delivered, 10);
    driver.recorder.fail(FLOW, delivered, 'reset');
    driver.drop(delivered);
    expect(driver.finish().flow()).toMatchObject({
      delivered: 1,
      lost: 1,
      lostByReason: { 'response-timeout': 1 },
    });
  });

  test('packets of detectors and of no flow are not recorded', () => {
    const driver = new RecorderDriver();
    driver.drop(0, {}, 1 as FlowId);
    driver.drop(0, {}, NONE as FlowId);
    expect(driver.finish().flow().sent).toBe(0);
  });

  test('thousands may be outstanding at once', () => {
    const driver = new RecorderDriver();
    const units = Array.from({ length: 5000 }, () => driver.offer());
    for (const unit of units.toReversed()) driver.recorder.deliver(FLOW, unit, 1);
    expect(driver.finish().flow()).toMatchObject({ sent: 5000, delivered: 5000, pending: 0, outages: [] });
  });

  test('the number of requests is given for http only', () => {
    const http = new RecorderDriver({ flows: [flowPlan({ isHttp: true })] });
    http.units('..x?');
    expect(http.finish().flow().requests).toEqual({
      ok: 2,
      failed: 1,
      byOutcome: { ok: 2, 'device-down': 1 },
      retried: 0,
      retries: 0,
    });
    const udp = new RecorderDriver();
    udp.units('..x?');
    expect(udp.finish().flow().requests).toEqual({
      ok: 0,
      failed: 0,
      byOutcome: {},
      retried: 0,
      retries: 0,
    });
  });
});

describe('units that are tried again', () => {
  const windows = [
    { kind: 'window', subject: 'flow', name: 'browse', fromNs: SECOND, toNs: 2 * SECOND, direction: null },
  ] as const;

  test('count once, their attempts all, in the window they were offered in', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ isHttp: true })], scopes: windows });
    const first = driver.offer();
    const second = driver.at(1.5 * SECOND).offer();
    driver.at(3 * SECOND);
    driver.recorder.retry(FLOW, first, true);
    driver.recorder.retry(FLOW, second, true);
    driver.recorder.retry(FLOW, second, false);
    driver.recorder.deliver(FLOW, second, 10);
    driver.recorder.retry(FLOW, second, false);
    driver.finish();
    expect(driver.flow().requests).toMatchObject({ retried: 2, retries: 3 });
    const [scope] = driver.recorder.scopeResults();
    expect(scope?.measures).toMatchObject({ requests: { retried: 1, retries: 2 } });
  });

  test('are lost for the reason of the last attempt, and for the event behind it', () => {
    const driver = new RecorderDriver({ events: [eventPlan('cut', 0)] });
    const unit = driver.offer();
    driver.drop(unit, { reason: 'link-down', event: 0 });
    driver.recorder.retry(FLOW, unit, true);
    driver.recorder.fail(FLOW, unit, 'status-5xx');
    driver.finish();
    expect(driver.flow().lostByReason).toEqual({ 'status-5xx': 1 });
    expect(driver.recorder.eventResults().cut?.flows.browse?.lost ?? 0).toBe(0);
  });

  test('belong to the place that carried them last', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ slots: 2 })] });
    driver.recorder.openConnection(FLOW);
    for (let i = 0; i < 4; i++) {
      const unit = driver.at(i * SECOND).offer();
      driver.recorder.place(FLOW, unit, 0);
      driver.recorder.place(FLOW, unit, 1);
      if (i < 3) driver.recorder.fail(FLOW, unit, 'reset');
      else driver.recorder.deliver(FLOW, unit, 1);
    }
    expect(driver.finish().flow().connections.outageNs).toEqual({ p50: 0, p99: 3 * SECOND, max: 3 * SECOND });
  });
});

test('losses of a flow whose units may be far apart belong to one impairment all the same', () => {
  const far = { startNs: 0, gapNs: 3 * SECOND };
  const usual = new RecorderDriver();
  usual.units('xxxx', far);
  expect(usual.finish().flow().impairments).toEqual([]);
  const closed = new RecorderDriver({ flows: [flowPlan({ leastQuietNs: 4 * SECOND })] });
  closed.units('xxxx', far);
  expect(closed.finish().flow().impairments).toMatchObject([{ startNs: 0, endNs: 9 * SECOND, lost: 4 }]);
});

describe('rates', () => {
  test('goodput is the delivered bits over the duration', () => {
    const driver = new RecorderDriver();
    driver.units('.'.repeat(10));
    expect(driver.finish().flow().goodputBps).toBe((10 * 100 * 8) / 100);
    expect(new RecorderDriver().finish().flow().goodputBps).toBeNull();
  });

  test('the loss-derived time is the lost share of the duration, null for closed loops and for nothing sent', () => {
    const open = new RecorderDriver();
    open.units('.x.......x');
    expect(open.finish().flow().lossDerivedNs).toBe(20 * SECOND);
    const closed = new RecorderDriver({ flows: [flowPlan({ closedLoop: true })] });
    closed.units('.x');
    expect(closed.finish().flow().lossDerivedNs).toBeNull();
    expect(new RecorderDriver().finish().flow().lossDerivedNs).toBeNull();
  });

  test('an interrupted run is measured over what it simulated', () => {
    const driver = new RecorderDriver();
    driver.units('.x.......x');
    expect(driver.finish(10 * SECOND).flow().lossDerivedNs).toBe(2 * SECOND);
  });

  test('the resolution is the mean spacing of units', () => {
    expect(new RecorderDriver({ flows: [flowPlan({ meanGapNs: 33.6 })] }).finish().flow().resolutionNs).toBe(
      34,
    );
  });
});

describe('outages', () => {
  test('last from the first of three lost in a row to the next delivered', () => {
    const driver = new RecorderDriver();
    driver.units('..xx.xxx..xxxx?');
    expect(driver.finish().flow().outages).toEqual([
      { startNs: 5 * GAP, endNs: 8 * GAP, lost: 3 },
      { startNs: 10 * GAP, endNs: null, lost: 4 },
    ]);
  });

  test('follow send order, whatever the order of resolution', () => {
    const driver = new RecorderDriver();
    const units = [0, 1, 2, 3, 4].map((i) => driver.at(i * GAP).offer());
    driver.at(SECOND);
    driver.recorder.deliver(FLOW, units[4] as number, 1);
    for (const unit of [3, 1, 2]) driver.recorder.fail(FLOW, units[unit] as number, 'response-timeout');
    driver.recorder.deliver(FLOW, units[0] as number, 1);
    expect(driver.finish().flow().outages).toEqual([{ startNs: GAP, endNs: 4 * GAP, lost: 3 }]);
  });

  test('are looked for behind a unit that stays pending', () => {
    const driver = new RecorderDriver();
    driver.units('?xxx.');
    expect(driver.finish().flow().outages).toEqual([{ startNs: GAP, endNs: 4 * GAP, lost: 3 }]);
  });

  test('of connections show what the flow as a whole does not', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ slots: 4 })] });
    for (let slot = 0; slot < 4; slot++) driver.recorder.openConnection(FLOW);
    for (let i = 0; i < 20; i++) {
      driver.at(i * GAP);
      const unit = driver.offer(i % 4);
      if (i % 4 === 2 && i < 16) driver.recorder.fail(FLOW, unit, 'reset');
      else driver.recorder.deliver(FLOW, unit, 1);
    }
    const { outages, connections } = driver.finish().flow();
    expect(outages).toEqual([]);
    expect(connections).toMatchObject({ opened: 4, outageNs: { p50: 0, p99: 16 * GAP, max: 16 * GAP } });
  });

  test('of connections that are still out last until the end', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ slots: 1 })] });
    driver.units('.xxx', { slot: 0 });
    expect(driver.finish(10 * SECOND).flow().connections.outageNs?.max).toBe(10 * SECOND - GAP);
  });

  test('of connections are zero when each unit has its own, null when none was opened', () => {
    const driver = new RecorderDriver();
    expect(driver.recorder.openConnection(FLOW)).toBe(0);
    expect(driver.recorder.openConnection(FLOW)).toBe(1);
    expect(driver.finish().flow().connections.outageNs).toEqual({ p50: 0, p99: 0, max: 0 });
    expect(new RecorderDriver().finish().flow().connections.outageNs).toBeNull();
  });
});

describe('impairments', () => {
  test('join losses less than a second apart, whatever was delivered between', () => {
    const driver = new RecorderDriver();
    driver.units('.x.x.........x..........x');
    expect(driver.finish().flow()).toMatchObject({ impairments: [], strayLost: 4 });
    const joined = new RecorderDriver();
    joined.units('.x.x........x..........x');
    expect(joined.finish().flow()).toMatchObject({
      impairments: [{ startNs: GAP, endNs: 12 * GAP, lost: 3, offered: 12 }],
      strayLost: 1,
    });
  });

  test('of slow flows join losses up to three gaps apart', () => {
    const driver = new RecorderDriver({ flows: [flowPlan({ meanGapNs: SECOND })] });
    driver.units('x..x.x.x...x', { gapNs: SECOND });
    const { impairments, strayLost } = driver.finish().flow();
    expect(impairments).toEqual([{ startNs: 3 * SECOND, endNs: 7 * SECOND, lost: 3, offered: 5 }]);
    expect(strayLost).toBe(2);
  });
});

describe('connections', () => {
  test('are affected by blamed drops and by impairment, once each and per direction', () => {
    const driver = new RecorderDriver({ events: [{ name: 'cut', what: 'fail x', atNs: 0, targets: ['x'] }] });
    const unit = driver.offer();
    driver.drop(unit, { event: 0, connection: 3 });
    driver.drop(unit, { event: 0, connection: 3 });
    driver.drop(unit, { event: 0, connection: 3, direction: 1 });
    driver.impair(unit, 0, 40, 1);
    driver.drop(unit, { connection: 5 });
    driver.drop(unit, { event: 0, connection: NONE });
    const { connections } = driver.finish().flow();
    expect(connections).toMatchObject({
      affected: 2,
      moved: 0,
      byDirection: { out: { affected: 1, moved: 0 }, in: { affected: 2, moved: 0 } },
    });
    expect(driver.recorder.eventResults().cut?.flows.browse?.connectionsAffected).toBe(2);
  });
});

test('two recorders told the same say the same', () => {
  const tell = () => {
    const driver = new RecorderDriver();
    driver.units('..x.xxx.?..xx.x.x');
    return JSON.stringify(driver.finish().flow());
  };
  expect(tell()).toBe(tell());
});
