/** What the recorder says about events of the scenario: detection, switching, healing, and the cost to each flow. */
import { describe, expect, test } from 'vitest';
import type { EventResult } from '../../src/measure/result.ts';
import { eventPlan, FLOW, flowPlan, RecorderDriver, SECOND } from '../support/measure-recorder.ts';

const GAP = SECOND / 10;

/** web-1 fails at 10 s and is restored at 50 s. */
function driverWithFault(): RecorderDriver {
  return new RecorderDriver({ events: [eventPlan('dies', 10 * SECOND), eventPlan('returns', 50 * SECOND)] });
}

function eventOf(driver: RecorderDriver, name = 'dies'): EventResult {
  return driver.recorder.eventResults()[name] as EventResult;
}

const causedBy = (event: number) => ({ event, chain: ['web-1 down'] });

describe('detection', () => {
  test('is the first change at a detector with the blame of the event', () => {
    const driver = driverWithFault();
    driver.at(12 * SECOND).change({ kind: 'state', cause: causedBy(0) });
    driver.at(13 * SECOND).change({ kind: 'detection', cause: null, detector: 'bfd' });
    driver.at(20 * SECOND).change({ kind: 'detection', cause: causedBy(0), detector: 'health-check' });
    driver.at(21 * SECOND).change({ kind: 'detection', cause: causedBy(0), detector: 'dpd' });
    const result = eventOf(driver.finish());
    expect(result).toMatchObject({ detectedAfterNs: 10 * SECOND, detectedBy: 'health-check' });
    expect(eventOf(driver, 'returns')).toMatchObject({ detectedAfterNs: null, detectedBy: 'none' });
  });
});

describe('switching', () => {
  test('is the last installation before the next event on the same target', () => {
    const driver = driverWithFault();
    driver.at(20 * SECOND).change({ kind: 'installation', cause: causedBy(0) });
    driver.at(25 * SECOND).change({ kind: 'installation', cause: causedBy(0) });
    driver.at(50 * SECOND).change({ kind: 'installation', cause: causedBy(0) });
    driver.at(55 * SECOND).change({ kind: 'installation', cause: causedBy(1) });
    driver.finish();
    expect(eventOf(driver).switchedAfterNs).toBe(15 * SECOND);
    expect(eventOf(driver, 'returns').switchedAfterNs).toBe(5 * SECOND);
  });

  test('is not cut short by an event elsewhere', () => {
    const events = [eventPlan('dies', 10 * SECOND), eventPlan('other', 20 * SECOND, ['web-2'])];
    const driver = new RecorderDriver({ events });
    driver.at(25 * SECOND).change({ kind: 'installation', cause: causedBy(0) });
    expect(eventOf(driver.finish()).switchedAfterNs).toBe(15 * SECOND);
  });
});

describe('healing', () => {
  test('is the send time of the last unit lost for its sake', () => {
    const driver = driverWithFault();
    driver.units('XX.X', { startNs: 10 * SECOND });
    driver.units('x', { startNs: 30 * SECOND });
    expect(eventOf(driver.finish()).healedAfterNs).toBe(3 * GAP);
  });

  test('is 0 when nothing was lost, null when still losing at the end', () => {
    const healthy = driverWithFault();
    healthy.units('....');
    expect(eventOf(healthy.finish()).healedAfterNs).toBe(0);
    const losing = driverWithFault();
    losing.units('X', { startNs: 99.5 * SECOND });
    expect(eventOf(losing.finish())).toMatchObject({
      healedAfterNs: null,
      flows: { browse: { healedAfterNs: null } },
    });
  });

  test('is not negative for a unit offered before the event', () => {
    const driver = driverWithFault();
    driver.units('X', { startNs: 9 * SECOND });
    expect(eventOf(driver.finish()).healedAfterNs).toBe(0);
    expect(eventOf(driver).flows.browse?.lost).toBe(1);
  });
});

describe('blame', () => {
  test('is that of the last packet dropped, which may be nobody’s; without a drop that of the last impairment', () => {
    const driver = driverWithFault();
    driver.at(60 * SECOND);
    const [dropped, impaired, delivered] = [driver.offer(), driver.offer(), driver.offer()];
    const crowded = driver.offer();
    driver.drop(dropped, { event: 1 });
    driver.drop(dropped, { event: 0 });
    driver.impair(dropped, 1);
    driver.drop(crowded, { event: 0 });
    driver.impair(crowded, 0);
    driver.drop(crowded, { reason: 'queue-full' });
    driver.impair(impaired, 0);
    driver.impair(impaired, 1);
    driver.impair(delivered, 0);
    for (const unit of [dropped, crowded, impaired]) driver.recorder.fail(FLOW, unit, 'response-timeout');
    driver.recorder.deliver(FLOW, delivered, 1);
    driver.finish();
    expect(eventOf(driver).flows.browse?.lost).toBe(1);
    expect(eventOf(driver, 'returns').flows.browse?.lost).toBe(1);
  });

  test('of one unit makes the outage around it the outage of the event', () => {
    const driver = driverWithFault();
    driver.units('xxXx.xxx', { startNs: 10 * SECOND });
    const cost = eventOf(driver.finish()).flows.browse;
    expect(cost).toMatchObject({ lost: 1, outageNs: 4 * GAP, impairmentNs: 0 });
  });

  test('of an outage that never ends counts until the end', () => {
    const driver = driverWithFault();
    driver.units('.XXXX', { startNs: 10 * SECOND });
    expect(eventOf(driver.finish(20 * SECOND)).flows.browse).toMatchObject({
      lost: 4,
      outageNs: 10 * SECOND - GAP,
      impairmentNs: 3 * GAP,
    });
  });

  test('leaves out flows that an event cost nothing', () => {
    const driver = new RecorderDriver({
      flows: [flowPlan(), flowPlan({ name: 'other' })],
      events: [eventPlan('dies', 10 * SECOND)],
    });
    driver.units('XXX.', { startNs: 10 * SECOND });
    expect(Object.keys(eventOf(driver.finish()).flows)).toEqual(['browse']);
  });
});

test('an impairment that cost nothing and touched no connection is not listed', () => {
  const driver = driverWithFault();
  driver.at(20 * SECOND);
  const unit = driver.offer();
  driver.impair(unit, 0);
  driver.recorder.deliver(FLOW, unit, 1);
  expect(eventOf(driver.finish())).toMatchObject({ healedAfterNs: 0, flows: {} });
});

test('an event after the end has no time', () => {
  const driver = new RecorderDriver({ events: [eventPlan('late', null), eventPlan('cut-off', 60 * SECOND)] });
  driver.finish(50 * SECOND);
  const nothing = {
    atNs: null,
    detectedAfterNs: null,
    switchedAfterNs: null,
    healedAfterNs: null,
    flows: {},
  };
  expect(eventOf(driver, 'late')).toMatchObject(nothing);
  expect(eventOf(driver, 'cut-off')).toMatchObject(nothing);
});

test('a refused event keeps its reason', () => {
  const driver = driverWithFault();
  driver.recorder.refuse(0, 'an EIP is associated with one resource at a time');
  expect(eventOf(driver.finish()).refused).toBe('an EIP is associated with one resource at a time');
});

test('state changes are kept in order, with the state at 0 first', () => {
  const driver = driverWithFault();
  driver.at(-SECOND).change({ subject: 'front/web', from: null, to: 'starting' });
  driver.at(0).change({ subject: 'front/web', from: null, to: 'healthy' });
  driver
    .at(12 * SECOND)
    .change({ subject: 'front/web', from: 'healthy', to: 'unhealthy', cause: causedBy(0) });
  expect(driver.recorder.stateChanges).toEqual([
    { atNs: 0, subject: 'front/web', from: null, to: 'healthy', because: null },
    {
      atNs: 12 * SECOND,
      subject: 'front/web',
      from: 'healthy',
      to: 'unhealthy',
      because: { event: 'dies', chain: ['web-1 down'] },
    },
  ]);
});
