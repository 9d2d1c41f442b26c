/**
 * Goal: lazily re-armed timers must be indistinguishable from ones that push an event per arming. Method: random
 * programs of arm, disarm, free and create run on both, each on an engine of its own, and what fires is compared.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import { type TimerId, Timers } from '../../src/engine/timers.ts';
import { PlainTimers } from '../support/plain-timers.ts';

interface Bench {
  readonly engine: Engine;
  readonly timers: Pick<Timers, 'create' | 'free' | 'arm' | 'disarm' | 'isArmed'>;
  readonly fired: [number, TimerId][];
}

function bench(kind: 'lazy' | 'plain'): Bench {
  const engine = new Engine(new CalendarQueue());
  const fired: [number, TimerId][] = [];
  const onFire = (timer: TimerId): void => {
    fired.push([engine.nowNs, timer]);
  };
  const timers = kind === 'lazy' ? new Timers(engine, onFire) : new PlainTimers(engine, onFire);
  return { engine, timers, fired };
}

interface Step {
  readonly timeNs: number;
  readonly verb: 'arm' | 'disarm' | 'replace';
  readonly which: number;
  readonly delayNs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  timeNs: fc.nat(12),
  verb: fc.constantFrom(
    'arm' as const,
    'arm' as const,
    'arm' as const,
    'disarm' as const,
    'replace' as const,
  ),
  which: fc.nat(3),
  delayNs: fc.nat(8),
});

/** Runs the steps at their times and returns [time, position of the timer] of all that fired. */
function play(kind: 'lazy' | 'plain', steps: readonly Step[]): (number | string)[] {
  const engine = new Engine(new CalendarQueue());
  const log: (number | string)[] = [];
  const held: TimerId[] = [];
  let births = 0;
  const born = new Map<TimerId, number>();
  const onFire = (timer: TimerId): void => {
    log.push(`${engine.nowNs}:${born.get(timer)}`);
  };
  const timers = kind === 'lazy' ? new Timers(engine, onFire) : new PlainTimers(engine, onFire);
  const make = (): TimerId => {
    const timer = timers.create();
    born.set(timer, births++);
    return timer;
  };
  for (let i = 0; i < 4; i++) held.push(make());
  for (const { timeNs, verb, which, delayNs } of steps) {
    engine.call(timeNs, () => {
      const timer = held[which] as TimerId;
      if (verb === 'arm') timers.arm(timer, engine.nowNs + delayNs);
      else if (verb === 'disarm') timers.disarm(timer);
      else {
        timers.free(timer);
        held[which] = make();
      }
      log.push(Number(timers.isArmed(held[which] as TimerId)));
    });
  }
  engine.run(1_000, Number.MAX_SAFE_INTEGER);
  return log;
}

test('random armings, disarmings and reuse fire as if every arming had pushed its own event', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      expect(play('lazy', steps)).toEqual(play('plain', steps));
    }),
    { seed: 11, numRuns: 1_500 },
  );
});

describe.each(['lazy', 'plain'] as const)('%s timers', (kind) => {
  test('fire once, at the deadline last set', () => {
    const { engine, timers, fired } = bench(kind);
    const timer = timers.create();
    timers.arm(timer, 10);
    timers.arm(timer, 25);
    timers.arm(timer, 15);
    engine.run(100, 1_000);
    expect(fired).toEqual([[15, timer]]);
    expect(timers.isArmed(timer)).toBe(false);
  });

  test('fire in the order of arming when deadlines are equal, whichever was queued first', () => {
    const { engine, timers, fired } = bench(kind);
    const [first, second] = [timers.create(), timers.create()];
    timers.arm(first, 5);
    timers.arm(second, 20);
    timers.arm(first, 20);
    engine.run(100, 1_000);
    expect(fired).toEqual([
      [20, second],
      [20, first],
    ]);
  });

  test('do not fire when disarmed, and can be armed again', () => {
    const { engine, timers, fired } = bench(kind);
    const timer = timers.create();
    timers.arm(timer, 10);
    timers.disarm(timer);
    engine.run(20, 1_000);
    expect(fired).toEqual([]);
    timers.arm(timer, 30);
    engine.run(100, 1_000);
    expect(fired).toEqual([[30, timer]]);
  });

  test('that were freed stay silent, and the row serves a new timer', () => {
    const { engine, timers, fired } = bench(kind);
    const old = timers.create();
    timers.arm(old, 10);
    timers.free(old);
    const fresh = timers.create();
    expect(timers.isArmed(fresh)).toBe(false);
    engine.run(20, 1_000);
    expect(fired).toEqual([]);
    timers.arm(fresh, 30);
    engine.run(100, 1_000);
    expect(fired).toEqual([[30, fresh]]);
  });

  test('may be armed again from within their own firing', () => {
    const engine = new Engine(new CalendarQueue());
    const firedNs: number[] = [];
    const onFire = (timer: TimerId): void => {
      firedNs.push(engine.nowNs);
      if (engine.nowNs < 30) timers.arm(timer, engine.nowNs + 10);
    };
    const timers = kind === 'lazy' ? new Timers(engine, onFire) : new PlainTimers(engine, onFire);
    timers.arm(timers.create(), 10);
    engine.run(100, 1_000);
    expect(firedNs).toEqual([10, 20, 30]);
  });
});

test('a freed row is reused before a new one is made', () => {
  const { timers } = bench('lazy');
  const first = timers.create();
  timers.create();
  timers.free(first);
  expect(timers.create()).toBe(first);
});

test('a timer that only moves later costs one event a firing, not one an arming', () => {
  const { engine, timers, fired } = bench('lazy');
  const timer = timers.create();
  for (let i = 0; i < 1_000; i++) timers.arm(timer, 10 + i);
  engine.run(10_000, Number.MAX_SAFE_INTEGER);
  expect(fired).toEqual([[1_009, timer]]);
  expect(engine.eventsProcessed).toBe(2);
});

test('an event left behind by an earlier arming wakes nobody', () => {
  const { engine, timers, fired } = bench('lazy');
  const timer = timers.create();
  timers.arm(timer, 30);
  timers.arm(timer, 10);
  engine.call(11, () => timers.arm(timer, 100));
  engine.run(1_000, 1_000);
  expect(fired.map(([atNs]) => atNs)).toEqual([10, 100]);
  // Those at 10, 30 and 100, and the call.
  expect(engine.eventsProcessed).toBe(4);
});

test('tables grow past their first capacity without losing a deadline', () => {
  const { engine, timers, fired } = bench('lazy');
  for (let i = 0; i < 300; i++) timers.arm(timers.create(), 1_000 - i);
  engine.run(10_000, Number.MAX_SAFE_INTEGER);
  expect(fired.map(([, timer]) => timer)).toEqual(Array.from({ length: 300 }, (_, i) => 299 - i));
});
