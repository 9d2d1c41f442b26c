/**
 * Goal: a queue in the sense of queueing theory. Method: the queue alone, with arrivals at chosen instants; then
 * Poisson arrivals against the formulas of M/M/1, M/D/1 and M/M/1/K.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constant, type Distribution, meanOf } from '../../src/base/distribution.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ServiceQueue, type ServiceQueueSettings } from '../../src/traffic/service-queue.ts';

const MS = MILLISECOND_NS;
const { POSITIVE_INFINITY } = Number;

interface End {
  readonly request: number;
  readonly isDone: boolean;
  readonly atNs: number;
}

interface Bench {
  readonly queue: ServiceQueue<number>;
  readonly engine: Engine;
  readonly ends: End[];
  arriveAt(...timesNs: number[]): void;
  run(untilNs: number): void;
}

function bench(changes: Partial<ServiceQueueSettings> = {}): Bench {
  const engine = new Engine(new CalendarQueue());
  const settings: ServiceQueueSettings = {
    serviceTime: constant(10 * MS),
    concurrency: 1,
    queue: POSITIVE_INFINITY,
    queueTimeoutNs: POSITIVE_INFINITY,
    ...changes,
  };
  const ends: End[] = [];
  const random = new RandomStreams('queue', 0).stream('web', 'service time');
  const queue = new ServiceQueue<number>(engine, settings, random, (request, isDone) =>
    ends.push({ request, isDone, atNs: engine.nowNs }),
  );
  let requests = 0;
  return {
    queue,
    engine,
    ends,
    arriveAt: (...timesNs) => {
      for (const timeNs of timesNs) {
        const request = requests++;
        engine.call(timeNs, () => queue.arrive(request, 0));
      }
    },
    run: (untilNs) => void engine.run(untilNs, Number.MAX_SAFE_INTEGER),
  };
}

const done = (request: number, ms: number): End => ({ request, isDone: true, atNs: ms * MS });
const refused = (request: number, ms: number): End => ({ request, isDone: false, atNs: ms * MS });

test('requests are worked on in the order of their arrival, as many at a time as there are workers', () => {
  const one = bench();
  one.arriveAt(0, MS, 2 * MS);
  one.run(SECOND_NS);
  expect(one.ends).toEqual([done(0, 10), done(1, 20), done(2, 30)]);
  const two = bench({ concurrency: 2 });
  two.arriveAt(0, MS, 2 * MS);
  two.run(SECOND_NS);
  expect(two.ends).toEqual([done(0, 10), done(1, 11), done(2, 20)]);
});

test('a request that finds no room is refused at once', () => {
  const net = bench({ queue: 1 });
  net.arriveAt(0, MS, 2 * MS, 12 * MS);
  net.run(SECOND_NS);
  expect(net.ends).toEqual([refused(2, 2), done(0, 10), done(1, 20), done(3, 30)]);
});

test('without room to wait only a free worker takes a request', () => {
  const net = bench({ queue: 0 });
  net.arriveAt(0, MS, 10 * MS + 1);
  net.run(SECOND_NS);
  expect(net.ends.map(({ isDone }) => isDone)).toEqual([false, true, true]);
});

test('a request that waits too long is refused, and those behind it move up', () => {
  const net = bench({ queueTimeoutNs: 5 * MS });
  net.arriveAt(0, MS, 7 * MS);
  net.run(SECOND_NS);
  expect(net.ends).toEqual([refused(1, 6), done(0, 10), done(2, 20)]);
});

test('a process that dies forgets what it worked on and what waited', () => {
  const net = bench();
  net.arriveAt(0, MS, 2 * MS);
  net.engine.call(5 * MS, () => {
    net.queue.clear();
    expect([net.queue.busy, net.queue.waiting]).toEqual([0, 0]);
  });
  net.arriveAt(6 * MS);
  net.run(SECOND_NS);
  expect(net.ends).toEqual([done(3, 16)]);
});

test('every request ends once, workers and line never exceed their limits, and nothing waits beside a free worker', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 });
  const limits = fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    queue: fc.integer({ min: 0, max: 5 }),
    queueTimeoutNs: fc.constantFrom(POSITIVE_INFINITY, 15 * MS),
  });
  fc.assert(
    fc.property(gaps, limits, (gapsMs, settings) => {
      const net = bench({ ...settings, serviceTime: { kind: 'exponential', mean: 10 * MS } });
      let timeMs = 0;
      for (const gap of gapsMs) {
        timeMs += gap;
        net.arriveAt(timeMs * MS);
        net.engine.call(timeMs * MS, () => {
          expect(net.queue.busy).toBeLessThanOrEqual(settings.concurrency);
          expect(net.queue.waiting).toBeLessThanOrEqual(settings.queue);
          if (net.queue.waiting > 0) expect(net.queue.busy).toBe(settings.concurrency);
        });
      }
      net.run(1000 * SECOND_NS);
      expect(net.ends.map(({ request }) => request).sort((a, b) => a - b)).toEqual([...gapsMs.keys()]);
    }),
    { numRuns: 50 },
  );
});

describe('against queueing theory', () => {
  const SERVICE_NS = 10 * MS;
  const COUNT = 60_000;

  /** Poisson arrivals at this load of one worker. */
  function load(
    rho: number,
    changes: Partial<ServiceQueueSettings>,
  ): { meanNs: number; refusedShare: number } {
    const net = bench(changes);
    const arrivals = new RandomStreams('queue', 0).stream('test', 'arrivals');
    const arrivedNs: number[] = [];
    let timeNs = 0;
    for (let i = 0; i < COUNT; i++) {
      timeNs += Math.round(arrivals.exponential(SERVICE_NS / rho));
      arrivedNs.push(timeNs);
    }
    net.arriveAt(...arrivedNs);
    net.run(POSITIVE_INFINITY);
    const finished = net.ends.filter(({ isDone }) => isDone);
    const totalNs = finished.reduce(
      (sum, { request, atNs }) => sum + atNs - (arrivedNs[request] as number),
      0,
    );
    return { meanNs: totalNs / finished.length, refusedShare: 1 - finished.length / COUNT };
  }

  const exponential: Distribution = { kind: 'exponential', mean: SERVICE_NS };

  // 60,000 requests: the mean of the time in an M/M/1 system at load 0.8 has a standard error of 3.5 % (its
  // autocorrelation time is about 2/(1-rho)^2 requests), at 0.5 of 1 %; M/D/1 has less.
  test.each([
    ['M/M/1', exponential, 0.5, 0.03],
    ['M/M/1', exponential, 0.8, 0.08],
    ['M/D/1', constant(SERVICE_NS), 0.5, 0.03],
    ['M/D/1', constant(SERVICE_NS), 0.8, 0.06],
  ])(
    'the mean time in %s at load %o is that of Pollaczek and Khinchine',
    (_name, serviceTime, rho, tolerance) => {
      const second = serviceTime.kind === 'constant' ? 1 : 2;
      const waitNs = (rho * second * meanOf(serviceTime)) / (2 * (1 - rho));
      const { meanNs } = load(rho, { serviceTime });
      expect(Math.abs(meanNs / (waitNs + SERVICE_NS) - 1)).toBeLessThan(tolerance);
    },
  );

  test('M/M/1/K refuses the share that its formula says', () => {
    const [rho, places] = [0.8, 5];
    let powers = 1;
    for (let i = 0; i < places; i++) powers *= rho;
    const expected = ((1 - rho) * powers) / (1 - powers * rho);
    const { refusedShare } = load(rho, { serviceTime: exponential, queue: places - 1 });
    expect(Math.abs(refusedShare / expected - 1)).toBeLessThan(0.05);
  });
});
