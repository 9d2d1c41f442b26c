/** Goal: a transfer moves every byte once, as fast as it may, and says what it lost. Method: two hosts, exact faults. */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { bulkHosts } from '../support/connected.ts';
import type { NotingLedger } from '../support/ledger.ts';

const MS = MILLISECOND_NS;
const S = SECOND_NS;
const bytesOf = ({ units }: NotingLedger): number => units.reduce((sum, { bytes }) => sum + bytes, 0);

test('a transfer of a size delivers every byte of it once, then closes in order', () => {
  const net = bulkHosts({ transferBytes: 1_000_000 }, { net: { latencyNs: 5 * MS } });
  net.run(20 * S);
  expect(bytesOf(net.ledger)).toBe(1_000_000);
  expect(net.ledger.units.length).toBe(Math.ceil(1_000_000 / 1448));
  expect(net.ledger.units.at(-1)?.bytes).toBe(1_000_000 % 1448);
  expect(net.ledger.outcomes).toEqual({ delivered: 691 });
  expect(net.ledger.units.every(({ repeats }) => repeats === 0)).toBe(true);
  expect(net.ledger.sessions).toMatchObject({ opened: 1, completed: 1, broken: 0 });
});

test('losses on the way are repaired and cost time, not units', () => {
  const net = bulkHosts(
    { transferBytes: 500_000 },
    { net: { latencyNs: 5 * MS, impairment: { loss: 0.02 } }, timeoutNs: 60 * S },
  );
  net.run(120 * S);
  expect(bytesOf(net.ledger)).toBe(500_000);
  expect(net.ledger.sessions).toMatchObject({ completed: 1, broken: 0 });
});

test('an endless transfer fills the link', () => {
  const net = bulkHosts({}, { net: { latencyNs: 5 * MS, rateBps: 100e6, queueNs: 20 * MS } });
  net.run(10 * S);
  const bps = (bytesOf(net.ledger) * 8) / 10;
  // 1448 of 1500 bytes are the application's; slow start and the sawtooth of the queue cost a little.
  expect(bps).toBeGreaterThan(0.9 * 100e6 * (1448 / 1500));
  expect(bps).toBeLessThanOrEqual(100e6 * (1448 / 1500));
});

test('what waits at the sender is bounded, so that a unit takes no longer than that and the way', () => {
  const net = bulkHosts(
    { unsentBytes: 14_480 },
    { net: { latencyNs: 5 * MS, rateBps: 10e6, queueNs: 10 * MS } },
  );
  net.run(10 * S);
  const late = net.ledger.units.filter(
    ({ offeredNs, deliveredNs }) => (deliveredNs ?? 0) - offeredNs > 200 * MS,
  );
  expect(net.ledger.units.length).toBeGreaterThan(5_000);
  expect(late.length).toBeLessThan(net.ledger.units.length / 100);
});

test('with a rate the application offers no more than that, over all connections', () => {
  const net = bulkHosts({ rateBps: 1448 * 8 * 100, connections: 4 }, { net: { latencyNs: 5 * MS } });
  net.run(10 * S);
  expect(Math.abs(net.ledger.units.length - 1000)).toBeLessThanOrEqual(4);
  expect(net.ledger.connections).toBe(4);
});

describe('behind a black hole', () => {
  test('units are lost when they are older than the time-out, and the rest goes on after it', () => {
    const net = bulkHosts({}, { net: { latencyNs: 5 * MS, rateBps: 10e6 }, timeoutNs: 5 * S });
    net.run(3 * S);
    net.network.setPower(net.idB, false, 0);
    net.run(4 * S);
    const sentBefore = net.ledger.units.length;
    net.run(20 * S);
    // A sender that hears nothing hands nothing over.
    expect(net.ledger.units.length).toBe(sentBefore);
    const { outcomes } = net.ledger;
    expect(outcomes.pending).toBeUndefined();
    expect(outcomes['response-timeout']).toBeGreaterThan(90);
    expect(net.ledger.sessions.broken).toBe(0);
  });

  test('a user time-out breaks the connection', () => {
    const net = bulkHosts(
      { socket: { userTimeoutNs: 3 * S } },
      { net: { latencyNs: 5 * MS, rateBps: 10e6 }, timeoutNs: 60 * S },
    );
    net.run(3 * S);
    net.network.setPower(net.idB, false, 0);
    net.run(20 * S);
    expect(net.ledger.sessions).toMatchObject({ opened: 1, broken: 1 });
    expect(net.ledger.outcomes.pending).toBeUndefined();
  });
});

test('a broken transfer comes back if told to, and sends only what the receiver does not have', () => {
  const reconnect = { delayNs: S, maxDelayNs: 4 * S };
  const net = bulkHosts(
    { transferBytes: 5_000_000, reconnect },
    { net: { latencyNs: 5 * MS, rateBps: 10e6 } },
  );
  net.run(2 * S);
  net.b.stack.setServiceFault('refuse', 0);
  net.run(3 * S);
  net.b.stack.setServiceFault('none', 0);
  net.run(60 * S);
  expect(net.ledger.sessions).toMatchObject({ opened: 2, broken: 1, completed: 1 });
  // A unit may have been acknowledged in part.
  expect(Math.abs(bytesOf(net.ledger) - 5_000_000)).toBeLessThanOrEqual(1448);
});

test('a receiver that hangs shuts its window; the transfer goes on when it reads again', () => {
  const net = bulkHosts(
    {},
    { net: { latencyNs: 5 * MS, rateBps: 100e6, tcp: { receiveBufferBytes: 262_144 } } },
  );
  net.run(2 * S);
  net.b.stack.setServiceFault('hang', 0);
  net.run(3 * S);
  const stuck = bytesOf(net.ledger);
  net.run(6 * S);
  expect(bytesOf(net.ledger) - stuck).toBeLessThanOrEqual(1448);
  net.b.stack.setServiceFault('none', 0);
  net.run(10 * S);
  expect(bytesOf(net.ledger) - stuck).toBeGreaterThan(1e7);
  expect(net.ledger.sessions.broken).toBe(0);
});
