/** Goal: a new server's share of the requests follows its weight as it grows. Method: whole runs against the closed form. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { albShop } from '../support/alb-shop.ts';
import { changesOf, run, SECOND } from '../support/detection-shop.ts';

const NODE = 'front/cn-hangzhou-h/node-1';
const RATE = 20;
const BROWSE = `browse: { kind: http, from: shopper, to: front/cn-hangzhou-h:80, rate: ${RATE}/s, timeout: 3s }`;
const SLOW = 'slow_start_config: { slow_start_enabled: true, slow_start_duration: 30s }';

interface Growth {
  readonly servers: string;
  readonly group?: readonly string[];
  readonly events?: readonly string[];
  readonly duration?: number;
}

function grown({ servers, group = [SLOW], events = [], duration = 45 }: Growth): RunResult {
  const grows = 'grows: { at: 2s, add: front/web/web-2 }';
  return run(albShop({ servers, group, traffic: [BROWSE], events: [grows, ...events], duration }), 'slow');
}

const requests = ({ devices }: RunResult, server: string): number =>
  devices[NODE]?.gauges[`requests/web/${server}`] ?? 0;

/** When a server entered the pool of the node, in s. */
function entered(result: RunResult, server: string): number {
  const changes = changesOf(result, `${NODE}/pool/web/${server}`).filter(({ to }) => to === 'in');
  return (changes.at(-1)?.atNs as number) / SECOND;
}

/** Requests to a server of `weight` beside others of `rest`, from its entry on: the integral of wf / (rest + wf). */
function predicted(weight: number, rest: number, spanS: number, untilS: number): number {
  const ratio = rest / weight;
  const warm = spanS * (1 - ratio * Math.log(1 + 1 / ratio));
  return RATE * (warm + (untilS - spanS) / (1 + ratio));
}

describe('A server that is added', () => {
  test.each([
    ['as heavy as the other', 100, 30],
    ['of half its weight', 50, 30],
    ['over 40 s', 100, 40],
  ])('%s gets what its growing weight gives it', (_what, weight, spanS) => {
    const slow = SLOW.replace('30s', `${spanS}s`);
    const events = weight === 100 ? [] : [`lighter: { at: 2100ms, set: front/web/web-2, weight: ${weight} }`];
    const result = grown({ servers: '{ web-1: 100 }', group: [slow], events, duration: 60 });
    const expected = predicted(weight, 100, spanS, 60 - entered(result, 'web-2'));
    expect(Math.abs(requests(result, 'web-2') - expected)).toBeLessThan(4);
    expect(result.flows.browse?.lost).toBe(0);
  });

  test('begins anew when it fails before it is warm', () => {
    const events = ['breaks: { at: 20s, fail: web-2, how: refuse }', 'mends: { at: 30s, restore: web-2 }'];
    const result = grown({ servers: '{ web-1: 100 }', events, duration: 70 });
    const again = entered(result, 'web-2');
    expect(again).toBeGreaterThan(33);
    const once = grown({ servers: '{ web-1: 100 }', events: events.slice(0, 1), duration: 70 });
    const since = requests(result, 'web-2') - requests(once, 'web-2');
    expect(Math.abs(since - predicted(100, 100, 30, 70 - again))).toBeLessThan(4);
  });

  test('has its whole weight at once where nobody else serves, and without slow start', () => {
    const alone = grown({ servers: '{ web-1: 0 }', duration: 12 });
    expect(requests(alone, 'web-2')).toBeGreaterThan(RATE * (12 - entered(alone, 'web-2')) - 3);
    const fast = grown({ servers: '{ web-1: 100 }', group: [], duration: 22 });
    const half = (RATE / 2) * (22 - entered(fast, 'web-2'));
    expect(Math.abs(requests(fast, 'web-2') - half)).toBeLessThan(3);
  });

  test('starts slowly without health checks too, and one that was there does not', () => {
    const check = ['health_check_enabled: false'];
    const events = ['grows: { at: 0s, add: front/web/web-2 }'];
    const shop = albShop({
      servers: '{ web-1: 100 }',
      check,
      group: [SLOW],
      traffic: [BROWSE],
      events,
      duration: 30,
    });
    expect(Math.abs(requests(run(shop, 1), 'web-2') - predicted(100, 100, 30, 30))).toBeLessThan(4);
    const there = albShop({ check, group: [SLOW], traffic: [BROWSE], duration: 5 });
    expect(Math.abs(requests(run(there, 1), 'web-2') - (5 * RATE) / 2)).toBeLessThan(3);
  });
});
