/**
 * Goal: what tshark calls a retransmission or out of order in the capture at a sender is what the simulated transport
 * sent again, frame by frame. Method: a failover behind a load balancer, and long transfers that live through an outage,
 * a rate limit and a lossy path; the marks of the transport ride on the frames as comments.
 */
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { captured, scenarioFile, skipsTshark, tshark } from '../support/captured.ts';
import { temporaryFolder } from '../support/cli.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const folder = temporaryFolder();

const SEEN_AGAIN = ['retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order']
  .map((kind) => `tcp.analysis.${kind}`)
  .join(' || ');

const LONG_TRANSFERS = `vpcsim: 1
title: Long transfers live through an outage and a lossy path
duration: 15s
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances: { web: { vswitch_id: shop-h } }
eips: { web-ip: { region: cn-hangzhou, bandwidth: 20Mbps, instance_id: web } }
clients: { shopper: { city: Shanghai } }
traffic:
  fetch:
    { kind: http, from: shopper, to: web-ip:80, rate: 1/s, size: 2MB, timeout: 10s, keep_alive: true, connections: 2 }
events:
  line-breaks: { at: 3200ms, fail: shopper~internet/shanghai/link-1 }
  line-works: { at: 4s, restore: shopper~internet/shanghai/link-1 }
  line-ails: { at: 8s, degrade: shopper~internet/shanghai/link-1, loss: 2%, latency: 10ms }
`;

interface Seen {
  readonly byTshark: string[];
  readonly bySimulator: string[];
  readonly withData: number;
}

/** Numbers of the frames that a sender's only interface sent again, as either tells. */
function sentAgain(name: string, scenario: Scenario, sender: string): Seen {
  const { file } = captured(scenario, { isWanted: (iface) => iface.startsWith(`${sender}:`) });
  const path = folder.write(`${name}.pcapng`, file);
  const fields = ['frame.number', 'tcp.len'];
  const isOutbound = 'frame.packet_flags_direction == 2';
  const marked = tshark(path, fields, 'frame.comment contains "sent again"');
  return {
    byTshark: numbersOf(tshark(path, fields, `${isOutbound} && (${SEEN_AGAIN})`)),
    bySimulator: numbersOf(marked),
    withData: marked.filter(([, bytes]) => bytes !== '0').length,
  };
}

const numbersOf = (rows: readonly string[][]): string[] => rows.map(([number = '']) => number);

describe.skipIf(skipsTshark)('the capture at a sender', () => {
  test('of requests to a pool that has lost a server agrees with tshark on every segment sent again', () => {
    const scenario = scenarioFile('scenarios/clb-backend-failure.yaml');
    const { byTshark, bySimulator } = sentAgain('failover', scenario, 'shopper');
    expect(byTshark).toEqual(bySimulator);
    expect(bySimulator.length).toBeGreaterThan(400);
  });

  test('of long transfers over a path that fails and recovers does too', () => {
    const { byTshark, bySimulator, withData } = sentAgain('transfers', scenarioOf(LONG_TRANSFERS), 'web');
    expect(byTshark).toEqual(bySimulator);
    expect(withData).toBeGreaterThan(500);
  });
});
