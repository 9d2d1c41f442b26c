/** Goal: what an administrator may change about servers acts when the product says. Method: the shop, changed while it runs. */
import { expect, test } from 'vitest';
import { SECOND_NS } from '../../src/base/units.ts';
import type { RunResult } from '../../src/measure/result.ts';
import { runShop } from '../support/shop.ts';

const LISTENER = 'protocol: tcp, frontend_port: 80';
const UDP_LISTENER: readonly (readonly [string, string])[] = [[LISTENER, 'protocol: udp, frontend_port: 80']];

const delivered = (result: RunResult, device: string): number => result.devices[device]?.delivered ?? 0;

test('a UDP listener goes on using a server that was removed, or has weight 0, for a while', () => {
  for (const change of ['remove: front/web/web-1', 'set: front/web/web-1, weight: 0']) {
    const result = runShop({
      duration: '40s',
      assume: 'clb.udp_removal_delay: 20s, clb.udp_idle_timeout: 1s',
      changes: UDP_LISTENER,
      traffic: ['beat: { kind: udp, from: shopper, to: front-ip:80, rate: 100/s, connections: 100 }'],
      events: [`goes: { at: 5s, ${change} }`],
    });
    expect(result.events.goes?.switchedAfterNs).toBe(20 * SECOND_NS);
  }
});

test('weight 0 that is taken back before it has taken effect never does', () => {
  const result = runShop({
    duration: '40s',
    assume: 'clb.udp_removal_delay: 20s',
    changes: UDP_LISTENER,
    traffic: [],
    events: [
      'goes: { at: 5s, set: front/web/web-1, weight: 0 }',
      'stays: { at: 10s, set: front/web/web-1, weight: 50 }',
    ],
  });
  expect(result.events.goes?.switchedAfterNs).toBeNull();
  expect(result.stateChanges.some(({ subject, to }) => subject.endsWith('web-1/weight') && to === '0')).toBe(
    false,
  );
});

test('with persistence all nodes give a client the same server, and switching it off spreads it again', () => {
  const result = runShop({
    duration: '20s',
    events: ['off: { at: 10s, set: front/web, persistence_timeout: 0s }'],
    changes: [[LISTENER, `${LISTENER}, persistence_timeout: 10m`]],
  });
  const [one, other] = [delivered(result, 'web-1'), delivered(result, 'web-2')].sort((a, b) => a - b);
  // 500 requests to one, then 250 to each.
  expect((one as number) / (other as number)).toBeGreaterThan(0.3);
  expect((one as number) / (other as number)).toBeLessThan(0.37);
});
