/** Goal: each scheduler shares out connections as its name says. Method: many clients, counted. */
import { describe, expect, test } from 'vitest';
import { type Schedulable, type SchedulerName, schedule } from '../../src/devices/clb-scheduler.ts';

interface Server extends Schedulable {
  readonly name: string;
}

function servers(...weights: number[]): Server[] {
  return weights.map((weight, i) => ({
    name: `web-${i + 1}`,
    address: 0x0a000101 + i,
    weight,
    isInPool: true,
    credit: 0,
    active: 0,
  }));
}

const CLIENT = 0xc6336401;

function pick(
  scheduler: SchedulerName,
  pool: readonly Server[],
  client: number,
  port = 40_000,
): string | null {
  return schedule(scheduler, pool, CLIENT + client, port, 80)?.name ?? null;
}

function countPicks(scheduler: SchedulerName, pool: readonly Server[], count: number): number[] {
  const names = Array.from({ length: count }, (_, i) => pick(scheduler, pool, i, 30_000 + (i % 30_000)));
  return pool.map(({ name }) => names.filter((picked) => picked === name).length);
}

test('wrr gives each its weight’s share of every round, without bunching', () => {
  expect(countPicks('wrr', servers(5, 1, 1), 70)).toEqual([50, 10, 10]);
  const pool = servers(5, 1, 1);
  expect(Array.from({ length: 7 }, (_, i) => pick('wrr', pool, i))).toEqual([
    'web-1',
    'web-1',
    'web-2',
    'web-1',
    'web-3',
    'web-1',
    'web-1',
  ]);
});

test('rr ignores weights, but for those of 0', () => {
  expect(countPicks('rr', servers(100, 1, 0), 60)).toEqual([30, 30, 0]);
});

test('wlc fills up whoever has the fewest connections for its weight, and takes turns among equals', () => {
  const pool = servers(100, 50, 100);
  for (const [i, active] of [9, 1, 3].entries()) (pool[i] as Server).active = active;
  const picks: (string | null)[] = [];
  for (let i = 0; i < 7; i++) {
    const server = schedule('wlc', pool, CLIENT, i, 80) as Server;
    server.active++;
    picks.push(server.name);
  }
  // 1/50 is less than 3/100; from 4/100 and 2/50 on they rise in step, far from 9/100.
  expect(picks[0]).toBe('web-2');
  expect(picks[1]).toBe('web-3');
  expect(pool.map(({ active }) => active)).toEqual([9, 4, 7]);
});

describe.each(['wrr', 'rr', 'wlc', 'sch', 'tch'] as const)('%s', (scheduler) => {
  test('gives nothing to a server of weight 0 or out of the pool, and null when no other is left', () => {
    const pool = servers(0, 100, 100);
    (pool[1] as Server).isInPool = false;
    expect(countPicks(scheduler, pool, 50)).toEqual([0, 0, 50]);
    (pool[2] as Server).isInPool = false;
    expect(pick(scheduler, pool, 1)).toBeNull();
    expect(schedule(scheduler, [], CLIENT, 1, 80)).toBeNull();
  });
});

describe.each(['sch', 'tch'] as const)('%s', (scheduler) => {
  const clients = Array.from({ length: 3_000 }, (_, i) => i);

  test('shares clients out by weight', () => {
    const [first, second, third] = countPicks(scheduler, servers(100, 50, 50), 20_000) as [
      number,
      number,
      number,
    ];
    // Five standard deviations of the binomial.
    expect(Math.abs(first - 10_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.25));
    expect(Math.abs(second - third)).toBeLessThan(5 * Math.sqrt(20_000 * 0.5));
  });

  test('a server out of the pool moves only its own clients, and they return when it does', () => {
    const pool = servers(100, 100, 100, 100);
    const before = clients.map((client) => pick(scheduler, pool, client));
    (pool[1] as Server).isInPool = false;
    clients.forEach((client, i) => {
      const now = pick(scheduler, pool, client);
      if (before[i] !== 'web-2') expect(now).toBe(before[i]);
    });
    (pool[1] as Server).isInPool = true;
    expect(clients.map((client) => pick(scheduler, pool, client))).toEqual(before);
  });

  test('a server that is removed from the listener moves only its own clients', () => {
    const pool = servers(100, 100, 100, 100);
    const before = clients.map((client) => pick(scheduler, pool, client));
    pool.splice(0, 1);
    clients.forEach((client, i) => {
      if (before[i] !== 'web-1') expect(pick(scheduler, pool, client)).toBe(before[i]);
    });
  });
});

test('sch keeps a client on its server whatever the port, tch does not', () => {
  const ports = Array.from({ length: 200 }, (_, i) => 30_000 + i);
  const pool = servers(100, 100, 100);
  expect(new Set(ports.map((port) => pick('sch', pool, 1, port))).size).toBe(1);
  expect(new Set(ports.map((port) => pick('tch', pool, 1, port))).size).toBe(3);
});
