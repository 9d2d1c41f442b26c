/** What scoped expectations look at: windows, instants, and the first instant at which bounds hold. */
import { describe, expect, test } from 'vitest';
import type { ScopeMeasures, ScopePlan } from '../../src/measure/plan.ts';
import type { FlowResult, PacketCounts, ResourceMeasures, ScopeResult } from '../../src/measure/result.ts';
import {
  eventPlan,
  FLOW,
  flowPlan,
  NO_PACKETS,
  RecorderDriver,
  SECOND,
  scopePlan,
} from '../support/measure-recorder.ts';

const GAP = SECOND / 10;

const driverWith = (...scopes: Partial<ScopePlan>[]): RecorderDriver =>
  new RecorderDriver({ scopes: scopes.map(scopePlan), events: [eventPlan('dies', 0)] });

const scopeOf = (driver: RecorderDriver, index = 0): ScopeResult =>
  driver.recorder.scopeResults()[index] as ScopeResult;

describe('a window of a flow', () => {
  test('counts units by when they were offered, with their final outcome', () => {
    const driver = driverWith({ fromNs: GAP, toNs: 3 * GAP });
    driver.units('????');
    driver.at(50 * SECOND).recorder.deliver(FLOW, 1, 1000);
    driver.recorder.fail(FLOW, 2, 'response-timeout');
    driver.recorder.fail(FLOW, 3, 'response-timeout');
    const measures = scopeOf(driver.finish()).measures as FlowResult;
    expect(measures).toMatchObject({ sent: 2, delivered: 1, lost: 1, pending: 0 });
    expect(measures.lossDerivedNs).toBe(GAP);
    expect(measures.goodputBps).toBe(1000 * 8 * 5);
    expect(measures.latencyNs?.max).toBe(50 * SECOND - GAP);
  });

  test('has its own outages, impairments and connections', () => {
    const driver = driverWith({ fromNs: 0, toNs: SECOND }, { fromNs: SECOND, toNs: 100 * SECOND });
    driver.recorder.openConnection(FLOW);
    driver.units('.......xxxxxxxx.....');
    driver.drop(0, { event: 0, connection: 0, direction: 1 });
    driver.finish();
    const [early, late] = [scopeOf(driver).measures, scopeOf(driver, 1).measures] as FlowResult[];
    expect(early?.outages).toEqual([{ startNs: 7 * GAP, endNs: null, lost: 3 }]);
    expect(late?.outages).toEqual([{ startNs: 10 * GAP, endNs: 15 * GAP, lost: 5 }]);
    expect(late?.impairments).toEqual([{ startNs: 10 * GAP, endNs: 14 * GAP, lost: 5, offered: 5 }]);
    expect(early?.connections).toMatchObject({ opened: 1, affected: 0 });
    expect(late?.connections).toMatchObject({ opened: 0, affected: 1 });
  });

  test('counts the connections it began with besides those opened in it', () => {
    const scopes = [scopePlan({ fromNs: SECOND, toNs: 2 * SECOND }), scopePlan({ fromNs: 0, toNs: SECOND })];
    const driver = new RecorderDriver({ flows: [flowPlan({ slots: 2 })], scopes });
    for (let i = 0; i < 3; i++) driver.recorder.openConnection(FLOW);
    driver.at(SECOND).recorder.openConnection(FLOW);
    driver.at(3 * SECOND).recorder.openConnection(FLOW);
    driver.finish();
    expect(scopeOf(driver)).toMatchObject({ measures: { connections: { opened: 3 } } });
    expect(scopeOf(driver, 1)).toMatchObject({ measures: { connections: { opened: 3 } } });
    expect(driver.flow().connections.opened).toBe(5);
  });

  test('narrows affected connections to a direction', () => {
    const driver = driverWith(
      { toNs: 100 * SECOND, direction: 'in' },
      { toNs: 100 * SECOND, direction: 'out' },
    );
    driver.drop(driver.offer(), { event: 0, connection: 0, direction: 1 });
    driver.finish();
    expect(scopeOf(driver)).toMatchObject({ direction: 'in', measures: { connections: { affected: 1 } } });
    expect(scopeOf(driver, 1)).toMatchObject({
      direction: 'out',
      measures: { connections: { affected: 0 } },
    });
  });

  test('needs no boundary and is clipped to the run', () => {
    const driver = driverWith({ fromNs: -SECOND, toNs: Number.POSITIVE_INFINITY });
    expect(driver.recorder.boundaries()).toEqual([]);
    expect(scopeOf(driver.finish())).toMatchObject({ fromNs: 0, toNs: 100 * SECOND });
  });
});

describe('an instant of a flow', () => {
  test('shows what was known then', () => {
    const driver = driverWith({ kind: 'at', toNs: SECOND });
    driver.units('..?xxx?');
    driver.units('..', { startNs: 2 * SECOND });
    driver.recorder.deliver(FLOW, 2, 1);
    const { measures } = scopeOf(driver.finish());
    expect(measures).toMatchObject({ sent: 7, delivered: 2, lost: 3, pending: 2 });
    expect((measures as FlowResult).outages).toEqual([{ startNs: 3 * GAP, endNs: null, lost: 3 }]);
    expect((measures as FlowResult).lossDerivedNs).toBe(Math.round((3 / 7) * SECOND));
    expect(driver.flow()).toMatchObject({ sent: 9, delivered: 5 });
  });

  test('at the end is the whole run', () => {
    const driver = driverWith({ kind: 'at', toNs: 100 * SECOND });
    driver.units('..?xxx?');
    expect(scopeOf(driver.finish()).measures).toEqual(driver.flow());
  });
});

describe('by', () => {
  const deliveredIs = (count: number) => (measures: ScopeMeasures) => measures.delivered === count;

  test('tells the first instant at which the bounds hold', () => {
    const driver = driverWith({ kind: 'by', toNs: 10 * SECOND, holds: deliveredIs(3) });
    driver.units('.....');
    expect(scopeOf(driver.finish())).toMatchObject({
      heldAtNs: 2 * GAP + 1_000_000,
      measures: { delivered: 3 },
    });
  });

  test('is null when they hold too late, with the measures of the deadline', () => {
    const driver = driverWith({ kind: 'by', toNs: 2 * GAP, holds: deliveredIs(3) });
    driver.units('.....');
    expect(scopeOf(driver.finish())).toMatchObject({ heldAtNs: null, measures: { delivered: 2 } });
  });

  test('watches packets and states of resources', () => {
    const dropped = (measures: ScopeMeasures) => (measures as PacketCounts).dropped >= 2;
    const isDown = (measures: ScopeMeasures) => (measures as ResourceMeasures).state === 'down';
    const driver = driverWith(
      { kind: 'by', subject: 'packets', name: 'all', toNs: 10 * SECOND, holds: dropped },
      { kind: 'by', subject: 'resource', name: 'web-1', toNs: 10 * SECOND, holds: isDown },
    );
    driver.packets = { ...NO_PACKETS, dropped: 2 };
    driver.at(SECOND).recorder.onConsume?.(0 as never, 0 as never);
    driver.at(2 * SECOND).change({});
    driver.finish();
    expect(scopeOf(driver).heldAtNs).toBe(SECOND);
    expect(scopeOf(driver, 1).heldAtNs).toBe(2 * SECOND);
  });

  test('has the recorder listen to deliveries only when something waits for them', () => {
    expect(driverWith({ kind: 'by', toNs: SECOND, holds: () => false }).recorder.onDeliver).toBeUndefined();
  });
});

describe('packets and resources', () => {
  test('of a window are the difference between its ends', () => {
    const driver = driverWith({ subject: 'packets', name: 'all', fromNs: 10 * SECOND, toNs: 20 * SECOND });
    driver.packets = { ...NO_PACKETS, created: 10, dropped: 3, droppedByReason: { 'no-route': 3 } };
    driver.at(15 * SECOND);
    driver.packets = {
      ...NO_PACKETS,
      created: 25,
      dropped: 9,
      inFlight: 4,
      droppedByReason: { 'no-route': 3, 'queue-full': 6 },
    };
    driver.at(30 * SECOND);
    driver.packets = { ...NO_PACKETS, created: 99 };
    const { measures } = scopeOf(driver.finish());
    expect(driver.recorder.boundaries()).toEqual([10 * SECOND, 20 * SECOND]);
    expect(measures).toEqual({
      ...NO_PACKETS,
      created: 15,
      dropped: 6,
      inFlight: 4,
      droppedByReason: { 'queue-full': 6 },
    });
  });

  test('of a resource add up its devices, with its state', () => {
    const driver = driverWith({
      subject: 'resource',
      name: 'front',
      kind: 'at',
      toNs: 20 * SECOND,
      devices: ['a', 'b'],
    });
    const device = {
      forwarded: 1,
      delivered: 2,
      consumed: 3,
      dropped: 4,
      droppedByReason: { isolated: 4 },
      retransmitted: 9,
      gauges: { sessions: 5 },
    };
    driver.devices = { a: device, b: device };
    driver.at(0).change({ subject: 'front', from: null, to: 'active' });
    driver.at(10 * SECOND).change({ subject: 'front', from: 'active', to: 'standby' });
    driver.at(30 * SECOND).change({ subject: 'front', from: 'standby', to: 'active' });
    expect(scopeOf(driver.finish()).measures).toEqual({
      forwarded: 2,
      delivered: 4,
      consumed: 6,
      dropped: 8,
      droppedByReason: { isolated: 8 },
      retransmitted: 18,
      gauges: { sessions: 10 },
      state: 'standby',
      changes: 1,
    });
  });

  test('of one device are its counts', () => {
    const driver = driverWith({ subject: 'packets', name: 'web-1', toNs: 20 * SECOND });
    driver.devices = { 'web-1': { ...NO_PACKETS, forwarded: 0, retransmitted: 0, gauges: {} } };
    driver.at(SECOND);
    driver.devices = {
      'web-1': {
        ...NO_PACKETS,
        forwarded: 5,
        dropped: 2,
        droppedByReason: { isolated: 2 },
        retransmitted: 1,
        gauges: {},
      },
    };
    expect(scopeOf(driver.finish()).measures).toMatchObject({
      forwarded: 5,
      dropped: 2,
      droppedByReason: { isolated: 2 },
    });
  });

  test('of a window that an interrupted run did not reach are zero', () => {
    const driver = driverWith({ subject: 'packets', name: 'all', fromNs: 10 * SECOND, toNs: 20 * SECOND });
    driver.packets = { ...NO_PACKETS, created: 7 };
    expect(scopeOf(driver.finish(5 * SECOND)).measures).toEqual(NO_PACKETS);
  });

  test('a boundary that was passed over in silence is a bug', () => {
    const driver = driverWith({ kind: 'at', toNs: SECOND });
    expect(() => driver.recorder.finish(2 * SECOND)).toThrow('boundary of a scope');
  });
});
