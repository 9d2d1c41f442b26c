/** Sessions that find every port of an SNAT gateway taken are blocked calls of an Erlang loss system. */
import type { Finding, Validation, ValidationSize } from './row.ts';
import { runFlow } from './scenario-run.ts';
import { replicate } from './statistics.ts';

const HOLD_S = 10;
/** The offered traffic in sessions at once, and the ports of the pool. */
const CASES = [
  { offered: 15, ports: 20 },
  { offered: 20, ports: 20 },
  { offered: 40, ports: 40 },
] as const;

function scenario(offered: number, ports: number, sessions: number): string {
  const rate = offered / HOLD_S;
  return `
vpcsim: 1
title: Sessions of a Poisson source share the ports of one EIP
duration: ${Math.ceil(sessions / rate)}s
assume: { nat.ports_per_destination: ${ports}, nat.closed_timeout: 1ms, nat.half_open_timeout: 1s, tcp.time_wait: 0s }
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances: { worker: { vswitch_id: app-h } }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-h, snat_entries: { all: { source_vswitch_id: app-h, snat_ip: [out-ip] } } }
eips: { out-ip: { region: cn-hangzhou, bandwidth: 200Mbps, instance_id: out } }
internet_hosts: { partner: { city: Hangzhou } }
traffic:
  calls: { kind: sessions, from: worker, to: partner:443, connections: unlimited, arrivals: poisson, open_rate: ${rate}/s,
           duration: { exponential: ${HOLD_S}s }, heartbeat: never, reconnect: never, timeout: 500ms }
`;
}

/** Erlang's B by its recursion. */
export function erlangB(offered: number, servers: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked;
}

function blocking(offered: number, ports: number, size: ValidationSize): Finding {
  const text = scenario(offered, ports, size === 'full' ? 40_000 : 2_000);
  const { mean, halfWidth } = replicate(size === 'full' ? 10 : 5, (replication) => {
    const { sent, lostByReason } = runFlow(text, replication);
    return (lostByReason['nat-ports-exhausted'] ?? 0) / sent;
  });
  const theory = erlangB(offered, ports);
  return { case: `${offered} erlangs, ${ports} ports`, simulated: mean, halfWidth, theory, tolerance: 0.02 };
}

export const erlang: readonly Validation[] = [
  {
    name: 'Erlang B of an SNAT pool',
    what: 'share of sessions that find no port of one EIP, Poisson arrivals, exponential holding times of 10 s',
    formula: 'B(E, n) = (E^n / n!) / sum of E^k / k!',
    source: 'Erlang 1917',
    toleranceReason:
      'a port is held for a round trip and the closing longer than the session; a blocked SYN is repeated once within the time-out',
    unit: 'share',
    run: (size) => CASES.map(({ offered, ports }) => blocking(offered, ports, size)),
  },
];
