/**
 * `tcp/nat-10k`: ten thousand TCP connections at once through a NAT gateway for 60 simulated seconds, each with a message and
 * its answer every second, from start to end; events per second under either event queue. Handshakes, delayed
 * acknowledgements, retransmission timers, the NAT's sessions and the recorder's units are all in it.
 */
import { parseScenario } from '../src/scenario/parse.ts';
import { simulate } from '../src/simulate.ts';
import { type Bench, bySize, compareRates, type Side } from './harness.ts';

const SCENARIO = `
vpcsim: 1
title: Many connections through one NAT gateway
duration: SECONDSs
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances: { "worker-1..4": { vswitch_id: app-h } }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-h, snat_entries: { app-out: { source_vswitch_id: app-h, snat_ip: [out-ip] } } }
eips: { out-ip: { region: cn-hangzhou, bandwidth: 1000Mbps, instance_id: out } }
internet_hosts: { partner: { city: Shanghai } }
traffic:
  feed: { kind: sessions, from: worker-1..4, to: "partner:443", connections: COUNT, open_rate: COUNT/s, heartbeat: 1s }
`;

function sessionsSide(connections: number, seconds: number, eventQueue: 'calendar' | 'heap'): Side {
  const text = SCENARIO.replace('SECONDS', String(seconds)).replaceAll('COUNT', String(connections));
  const parsed = parseScenario(text, { file: 'bench.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  let fingerprint = '';
  return {
    run: () => {
      const result = simulate(parsed.scenario, { eventQueue });
      if (result.flows.feed?.sessions.alive !== connections) throw new Error('not every session is up');
      fingerprint = result.fingerprint;
      return result.eventsProcessed;
    },
    hash: () => fingerprint,
  };
}

export const tcpNatBenches: readonly Bench[] = [
  {
    name: 'tcp/nat-10k',
    isFullOnly: false,
    run: (size) => {
      const [connections, seconds] = [bySize(size, 20, 10_000, 10_000), bySize(size, 3, 3, 60)];
      return compareRates({
        name: 'tcp/nat-10k',
        unit: 'events/s',
        target: null,
        rounds: bySize(size, 2, 2, 3),
        ours: sessionsSide(connections, seconds, 'calendar'),
        alternatives: { 'under heap-js': sessionsSide(connections, seconds, 'heap') },
        isSameWork: true,
      });
    },
  },
];
