/** Goal: the clock, the order of events and the ends of a slice. Method: handlers that take notes. */
import { describe, expect, test } from 'vitest';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import { HeapQueue } from '../../src/engine/heap-queue.ts';

describe.each([
  ['CalendarQueue', () => new CalendarQueue()],
  ['HeapQueue', () => new HeapQueue()],
] as const)('an engine on a %s', (_name, makeQueue) => {
  test('runs events by time, and those of one instant in the order they were scheduled', () => {
    const engine = new Engine(makeQueue());
    const seen: [number, number][] = [];
    const handler = engine.register((argument) => seen.push([engine.nowNs, argument]));
    engine.schedule(20, handler, 1);
    engine.schedule(10, handler, 2);
    engine.schedule(20, handler, 3);
    engine.run(100, 100);
    expect(seen).toEqual([
      [10, 2],
      [20, 1],
      [20, 3],
    ]);
  });

  test('an event scheduled late at a reserved place runs in that place', () => {
    const engine = new Engine(makeQueue());
    const seen: number[] = [];
    const handler = engine.register((argument) => seen.push(argument));
    const sequence = engine.reserveSequence();
    engine.schedule(10, handler, 2);
    engine.scheduleReserved(10, sequence, handler, 1);
    engine.run(100, 100);
    expect(seen).toEqual([1, 2]);
  });

  test('an event may schedule another for the same instant, which runs after all that wait for it', () => {
    const engine = new Engine(makeQueue());
    const seen: number[] = [];
    const handler = engine.register((argument) => {
      seen.push(argument);
      if (argument === 1) engine.schedule(engine.nowNs, handler, 3);
    });
    engine.schedule(10, handler, 1);
    engine.schedule(10, handler, 2);
    engine.run(100, 100);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('an event at the end of a run belongs to the next run, and the clock stands at the end', () => {
    const engine = new Engine(makeQueue());
    const seen: number[] = [];
    const handler = engine.register(() => seen.push(engine.nowNs));
    engine.schedule(10, handler, 0);
    expect(engine.run(10, 100)).toBe('time');
    expect(engine.nowNs).toBe(10);
    expect(seen).toEqual([]);
    expect(engine.run(11, 100)).toBe('time');
    expect(seen).toEqual([10]);
    expect(engine.nowNs).toBe(11);
  });

  test('a budget ends a slice after as many events, and the next slice goes on', () => {
    const engine = new Engine(makeQueue());
    const handler = engine.register(() => {});
    for (let i = 1; i <= 5; i++) engine.schedule(i, handler, i);
    expect(engine.run(100, 3)).toBe('budget');
    expect(engine.nowNs).toBe(3);
    expect(engine.eventsProcessed).toBe(3);
    expect(engine.run(100, 3)).toBe('time');
    expect(engine.eventsProcessed).toBe(5);
    expect(engine.nowNs).toBe(100);
  });

  test('stop ends the slice after the event being handled, once', () => {
    const engine = new Engine(makeQueue());
    const handler = engine.register((argument) => {
      if (argument === 2) engine.stop();
    });
    for (let i = 1; i <= 3; i++) engine.schedule(i, handler, i);
    expect(engine.run(100, 100)).toBe('stopped');
    expect(engine.nowNs).toBe(2);
    expect(engine.run(100, 100)).toBe('time');
  });

  test('calls run once each, also those made from within a call', () => {
    const engine = new Engine(makeQueue());
    const seen: string[] = [];
    engine.call(10, () => {
      seen.push('first');
      engine.call(10, () => seen.push('inner'));
      engine.call(15, () => seen.push('later'));
    });
    engine.call(10, () => seen.push('second'));
    engine.run(100, 100);
    expect(seen).toEqual(['first', 'second', 'inner', 'later']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1])('refuses the time %d', (timeNs) => {
    const engine = new Engine(makeQueue());
    const handler = engine.register(() => {});
    expect(() => engine.schedule(timeNs, handler, 0)).toThrow('vpcsim bug');
  });

  test('an event in the past is a bug that crashes', () => {
    const engine = new Engine(makeQueue());
    engine.run(10, 100);
    expect(() => engine.call(9, () => {})).toThrow('vpcsim bug');
  });
});
