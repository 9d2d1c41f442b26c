/** Goal: a broken session is blamed on the event that broke it, idle or not. Method: one network, a fault of each kind. */
import { expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { simulate } from '../../src/simulate.ts';
import { HEAD, SHOP, scenarioOf } from '../support/scenario-texts.ts';

/** `idle` says nothing after its first message, `busy` talks every second; both to web-1, 10 sessions each. */
function run(events: string): RunResult {
  const flows = ['idle: { heartbeat: never,', 'busy: { heartbeat: 1s,'].map(
    (start, i) =>
      `  ${start} kind: sessions, from: web-2, to: "web-1:${443 + i}", connections: 10, timeout: 2s, reconnect: never }\n`,
  );
  return simulate(scenarioOf(`${HEAD}${SHOP}traffic:\n${flows.join('')}events:\n  it: ${events}\n`));
}

const brokenBy = ({ flows, events }: RunResult) =>
  ['idle', 'busy'].map((flow) => [flows[flow]?.sessions.broken, events.it?.flows[flow]?.sessionsBroken ?? 0]);

test.each([
  [
    'a process that dies resets all',
    '{ at: 10s, fail: web-1, how: refuse }',
    [
      [10, 10],
      [10, 10],
    ],
  ],
  [
    'a process that hangs breaks those who talk',
    '{ at: 10s, fail: web-1, how: hang }',
    [
      [0, 0],
      [10, 10],
    ],
  ],
  [
    'a machine without power breaks those who talk',
    '{ at: 10s, fail: web-1 }',
    [
      [0, 0],
      [10, 10],
    ],
  ],
  [
    'a link that loses everything does too',
    '{ at: 10s, degrade: web-1, loss: 100% }',
    [
      [0, 0],
      [10, 10],
    ],
  ],
  [
    'what never comes is to blame for nothing',
    '{ at: 10s, degrade: web-1, latency: 1ms }',
    [
      [0, 0],
      [0, 0],
    ],
  ],
] as const)('%s', (_what, events, broken) => {
  expect(brokenBy(run(events))).toEqual(broken);
});

test('sessions that an event delays and does not break survive it', () => {
  const { flows } = run('{ at: 10s, degrade: web-1, latency: 100ms }');
  expect(flows.busy?.sessions).toMatchObject({ opened: 10, survived: 10, broken: 0, alive: 10 });
  expect(flows.idle?.sessions).toMatchObject({ opened: 10, survived: 0, alive: 10 });
});

test('after a restart the machine resets what it has forgotten, for the sake of its failure', () => {
  const { flows, events } = simulate(
    scenarioOf(
      `${HEAD}${SHOP}traffic:\n  slow: { kind: sessions, from: web-2, to: "web-1:443", connections: 10, heartbeat: 20s, timeout: 2s }\n` +
        'events:\n  off: { at: 5s, fail: web-1 }\n  on: { at: 6s, restore: web-1 }\n',
    ),
  );
  expect(flows.slow?.sessions).toMatchObject({ opened: 20, broken: 10, alive: 10 });
  const blamed = [events.off, events.on].map((event) => event?.flows.slow?.sessionsBroken ?? 0);
  expect((blamed[0] as number) + (blamed[1] as number)).toBe(10);
});
