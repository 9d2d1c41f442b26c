/** Goal: an instance carries so much and no more, by however many ENIs. Method: its limit offered to each of two. */
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

test('secondary ENIs share the packets a second of their instance', () => {
  const { packets } = simulate(
    scenarioOf(`vpcsim: 1
title: Two ENIs
duration: 5s
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
instances:
  web: { vswitch_id: app-h, limits: { packets: 100/s } }
  neighbour: { vswitch_id: app-h }
network_interfaces:
  eni: { vswitch_id: app-h, instance_id: web }
traffic:
  primary: { kind: udp, from: neighbour, to: web:9, rate: 100/s }
  secondary: { kind: udp, from: neighbour, to: eni:9, rate: 100/s }
`),
  );
  // 1,000 offered, 500 carried, and a bucket of 10 ms.
  expect(packets.droppedByReason['pps-limit']).toBeGreaterThanOrEqual(495);
  expect(packets.droppedByReason['pps-limit']).toBeLessThanOrEqual(500);
});
