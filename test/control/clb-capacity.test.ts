/** Goal: a CLB carries what was bought, and more or less at once when that changes. Method: the shop. */
import { expect, test } from 'vitest';
import { runShop } from '../support/shop.ts';

test('a specification is shared by the nodes so that one may fail, and a larger one acts at once', () => {
  const result = runShop({
    duration: '6s',
    changes: [['slave_zone_id: cn-hangzhou-i', 'load_balancer_spec: slb.s1.small']],
    // A hundredth of a second of 3,000 a second is 30 at once for either of two nodes.
    assume: 'clb.cps_burst: 10ms',
    traffic: [
      'rush: { kind: sessions, from: shopper, to: front-ip:80, connections: 600, open_rate: 100000/s, heartbeat: 9s, timeout: 500ms, reconnect: { delay: 2s, max_delay: 4s } }',
    ],
    events: ['more: { at: 1s, set: front, load_balancer_spec: slb.s3.large }'],
  });
  // All within 6 ms, in which 18 places more become free at each node.
  expect(result.packets.droppedByReason['cps-limit']).toBeGreaterThanOrEqual(600 - 2 * (30 + 19));
  expect(result.packets.droppedByReason['cps-limit']).toBeLessThanOrEqual(600 - 2 * 30);
  expect(result.flows.rush?.lostByReason).toEqual({ 'cps-limit': result.flows.rush?.lost });
  expect(result.flows.rush?.sessions.alive).toBe(600);
});

test('what a specification carries can be assumed otherwise', () => {
  const result = runShop({
    duration: '2s',
    changes: [['slave_zone_id: cn-hangzhou-i', 'load_balancer_spec: slb.s1.small']],
    assume: 'clb.s1_small_connections: 10',
    traffic: [
      'rush: { kind: sessions, from: shopper, to: front-ip:80, connections: 100, open_rate: 1000/s, timeout: 500ms, reconnect: never }',
    ],
    events: [],
  });
  // Either of two nodes has room for all ten, so that one may fail.
  expect(result.flows.rush?.sessions.alive).toBe(20);
  expect(result.flows.rush?.lostByReason).toEqual({ 'conn-limit': 80 });
});

test('a bandwidth that is less than what listeners reserve is refused, as is a reservation that does not fit', () => {
  const result = runShop({
    duration: '10s',
    traffic: [],
    changes: [
      [
        'vswitch_id: shop-h\n    slave',
        'vswitch_id: shop-h\n    address_type: internet\n    bandwidth: 10Mbps\n    slave',
      ],
      ['frontend_port: 80', 'frontend_port: 80, bandwidth: 4Mbps'],
      [
        '  front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front }',
        '  front-ip: { region: cn-hangzhou }',
      ],
    ],
    events: [
      'too-little: { at: 1s, set: front, bandwidth: 3Mbps }',
      'too-much: { at: 2s, set: front/web, bandwidth: 10Mbps }',
      'enough: { at: 3s, set: front, bandwidth: 20Mbps }',
      'fits: { at: 4s, set: front/web, bandwidth: 10Mbps }',
    ],
  });
  expect(result.events['too-little']?.refused).toContain('reserve');
  expect(result.events['too-much']?.refused).toContain('bandwidth left');
  expect([result.events.enough?.refused, result.events.fits?.refused]).toEqual([null, null]);
});
