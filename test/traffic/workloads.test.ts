/** Goal: ping, datagrams and pacing offer what they promise, and every unit ends once. Method: two hosts, a ledger. */
import { describe, expect, test } from 'vitest';
import { RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { Pacer } from '../../src/traffic/pacer.ts';
import { PingWorkload } from '../../src/traffic/ping.ts';
import { UdpWorkload } from '../../src/traffic/udp.ts';
import { type OpenLoopOptions, spreadSlots } from '../../src/traffic/workload.ts';
import { loadedHosts } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const ping = (options: OpenLoopOptions) => new PingWorkload(options);
const udp = (connections: number) => (options: OpenLoopOptions) =>
  new UdpWorkload({ ...options, port: 53 }, connections, { first: 30_000, last: 39_999 }, 0);
const stream = (name: string) => new RandomStreams('pacer', 0).stream(name, 'arrivals');

describe('ping', () => {
  test('is delivered after a round trip', () => {
    const net = loadedHosts(ping, { net: { latencyNs: 5 * MS }, sizeBytes: 84 });
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 100 });
    for (const { offeredNs, deliveredNs } of net.ledger.units)
      expect((deliveredNs as number) - offeredNs).toBe(10 * MS);
  });

  test('that comes back after its time-out is lost', () => {
    const net = loadedHosts(ping, { net: { latencyNs: 501 * MS } });
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ 'response-timeout': 100 });
    expect(net.ledger.units.every(({ repeats }) => repeats === 1)).toBe(true);
  });

  test('of two flows of one host are not mixed up', () => {
    const net = loadedHosts(ping, { net: { latencyNs: 5 * MS } });
    const replies: number[] = [];
    net.a.stack.onEchoReply(999, () => replies.push(net.engine.nowNs));
    net.run(SECOND_NS);
    expect(replies).toEqual([]);
  });
});

describe('udp', () => {
  test('is delivered one way, spread over its connections in turn', () => {
    const net = loadedHosts(udp(4), { net: { latencyNs: 5 * MS } });
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 100 });
    expect(net.ledger.connections).toBe(4);
    expect(net.ledger.units.map(({ slot }) => slot)).toEqual(Array.from({ length: 100 }, (_, i) => i % 4));
    for (const { offeredNs, deliveredNs } of net.ledger.units)
      expect((deliveredNs as number) - offeredNs).toBe(5 * MS);
  });

  test('replays a trace row by row, as far as the run goes', () => {
    const unitTimesNs = [0, 0, 30 * MS, 2 * SECOND_NS];
    const recordedSizes = [100, 2_000, 300, 400];
    const make = (options: OpenLoopOptions) =>
      new UdpWorkload(
        { ...options, port: 53, unitTimesNs, recordedSizes },
        1,
        { first: 30_000, last: 39_999 },
        0,
      );
    const net = loadedHosts(make, { net: { latencyNs: 5 * MS }, spanNs: SECOND_NS });
    net.run(3 * SECOND_NS);
    expect(net.ledger.units.map(({ offeredNs, bytes }) => [offeredNs, bytes])).toEqual([
      [0, 100],
      [0, 2_000],
      [30 * MS, 300],
    ]);
  });

  test('draws sizes, rounded and held to what a datagram can have', () => {
    const sizes = { kind: 'pareto', mean: 4_000, shape: 1.05 } as const;
    const make = (options: OpenLoopOptions) =>
      new UdpWorkload({ ...options, port: 53, sizes }, 1, { first: 30_000, last: 39_999 }, 0);
    const net = loadedHosts(make, { ratePerSecond: 200 });
    net.run(11 * SECOND_NS);
    const bytes = net.ledger.units.map((unit) => unit.bytes);
    expect(net.ledger.outcomes).toEqual({ delivered: 2_000 });
    expect(bytes.every((size) => Number.isInteger(size) && size >= 29 && size <= 65_535)).toBe(true);
    // The median of a Pareto distribution: scale 4,000 x 0.05 / 1.05, times 2^(1 / 1.05).
    const median = bytes.toSorted((a, b) => a - b)[1_000] as number;
    expect(median).toBeGreaterThan(340);
    expect(median).toBeLessThan(400);
    expect(Math.max(...bytes)).toBeGreaterThan(20_000);
  });

  test('has a port per connection of a sender, up to all the ports that each sender has', () => {
    const used: string[] = [];
    const senders = ['a', 'b', 'c'].map((name) => ({
      sendDatagram: (_billing: unknown, port: number) => used.push(`${name}:${port}`),
    })) as never[];
    const ports = { first: 30_000, last: 30_009 };
    const make = (options: OpenLoopOptions) => {
      const workload = new UdpWorkload({ ...options, port: 53 }, 30, ports, 7);
      expect(workload.portCount).toBe(10);
      return workload;
    };
    loadedHosts(make, { senders, ratePerSecond: 60, spanNs: SECOND_NS }).run(2 * SECOND_NS);
    expect(new Set(used.slice(0, 30)).size).toBe(30);
    expect(used.slice(30)).toEqual(used.slice(0, 30));
  });

  test('to a service that hangs is lost when its time is up', () => {
    const net = loadedHosts(udp(1));
    net.b.stack.setServiceFault('hang', 0);
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ 'response-timeout': 100 });
  });
});

describe('pacing', () => {
  test('constant arrivals keep their gap for ever, from a phase within the first one', () => {
    const pacer = new Pacer(3, 'constant', stream('constant'));
    const first = pacer.next();
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(SECOND_NS / 3);
    let last = first;
    for (let i = 0; i < 1_000_000; i++) last = pacer.next();
    expect(Math.abs(last - first - (1_000_000 / 3) * SECOND_NS)).toBeLessThan(10);
  });

  test('Poisson arrivals have the rate and the spread of exponential gaps', () => {
    const pacer = new Pacer(1_000, 'poisson', stream('poisson'));
    const count = 100_000;
    let [last, sum, squares] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const next = pacer.next();
      sum += next - last;
      squares += ((next - last) / MS) ** 2;
      last = next;
    }
    expect(Math.abs(sum / count / MS - 1)).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(squares / count - 2)).toBeLessThan((5 * Math.sqrt(20)) / Math.sqrt(count));
  });

  test('flows of different names do not march in step', () => {
    const phases = Array.from({ length: 50 }, (_, i) => new Pacer(1, 'constant', stream(`flow-${i}`)).next());
    expect(new Set(phases).size).toBe(50);
  });

  test('a flow offers units until its span ends, not after', () => {
    const net = loadedHosts(udp(1), { ratePerSecond: 7, spanNs: 3 * SECOND_NS });
    net.run(20 * SECOND_NS);
    expect(net.ledger.units).toHaveLength(21);
    expect(net.ledger.units.every(({ offeredNs }) => offeredNs < 3 * SECOND_NS)).toBe(true);
  });
});

test('connections go round the senders, and every sender has one', () => {
  const senders = ['a', 'b', 'c'] as never[];
  expect(spreadSlots(senders, 5).map(({ stack }) => stack)).toEqual(['a', 'b', 'c', 'a', 'b']);
  expect(spreadSlots(senders, 1)).toHaveLength(3);
});
