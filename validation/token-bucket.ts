/**
 * The limit of an EIP is a token bucket: over any span of time it lets no more pass than burst + rate x span (Cruz's
 * envelope), and under too much load just that.
 */
import { present } from '../src/base/assert.ts';
import type { Network } from '../src/network/network.ts';
import type { NetworkObserver } from '../src/network/observer.ts';
import type { Finding, Validation, ValidationSize } from './row.ts';
import { runScenario } from './scenario-run.ts';

const RATE_BPS = 5e6;
/** 100 ms of the rate, as `eip.burst_time` has it. */
const BURST_BYTES = 62_500;
const PACKET_BYTES = 1000;
const GATEWAY = 'cn-hangzhou/internet-gateway';

function scenario(arrivals: 'constant' | 'poisson', seconds: number): string {
  return `
vpcsim: 1
title: A source of 20 Mbit/s behind an EIP of 5 Mbit/s
duration: ${seconds}s
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances: { web: { vswitch_id: app-h } }
eips: { web-ip: { region: cn-hangzhou, bandwidth: 5Mbps, instance_id: web } }
internet_hosts: { sink: { city: Hangzhou } }
traffic:
  packets: { kind: udp, from: web, to: sink:7000, rate: 20Mbps, arrivals: ${arrivals}, size: ${PACKET_BYTES}B }
`;
}

/** Follows what leaves the gateway: the most bytes beyond rate x span that any span saw, and all of them. */
class Envelope {
  bytes = 0;
  firstNs = Number.NaN;
  lastNs = 0;
  mostBytes = 0;
  private excessBytes = 0;

  observe(network: Network): NetworkObserver {
    return {
      onForward: (device, packet) => {
        if (network.deviceNames[device] === GATEWAY)
          this.pass(network.nowNs, network.packets.lengthBytes[packet] as number);
      },
    };
  }

  /** The excess of the worst span that ends now: it grows by what passes and shrinks at the rate, never below 0. */
  private pass(nowNs: number, bytes: number): void {
    const sinceLast = Number.isNaN(this.firstNs) ? 0 : ((nowNs - this.lastNs) / 8e9) * RATE_BPS;
    if (Number.isNaN(this.firstNs)) this.firstNs = nowNs;
    this.excessBytes = Math.max(0, this.excessBytes - sinceLast) + bytes;
    this.mostBytes = Math.max(this.mostBytes, this.excessBytes);
    this.bytes += bytes;
    this.lastNs = nowNs;
  }
}

function measure(arrivals: 'constant' | 'poisson', size: ValidationSize): Envelope {
  const envelope = new Envelope();
  runScenario(scenario(arrivals, size === 'full' ? 100 : 10), {
    makeObserver: (network) => envelope.observe(network),
  });
  present(envelope.bytes > 0 ? envelope : undefined, 'packets passed the gateway');
  return envelope;
}

const ARRIVALS = ['constant', 'poisson'] as const;

export const tokenBucket: readonly Validation[] = [
  {
    name: 'token-bucket envelope',
    what: 'the most bytes that pass an EIP of 5 Mbit/s in any span, less 5 Mbit/s x the span',
    formula: 'burst = 100 ms x 5 Mbit/s = 62,500 B',
    source: 'Cruz, A calculus for network delay, part I, 1991',
    toleranceReason: 'one packet of 1,000 B: tokens for part of a packet are of no use',
    unit: 'number',
    run: (size) =>
      ARRIVALS.map((arrivals) => ({
        case: arrivals,
        simulated: measure(arrivals, size).mostBytes,
        halfWidth: 0,
        theory: BURST_BYTES,
        tolerance: PACKET_BYTES / BURST_BYTES,
      })),
  },
  {
    name: 'token-bucket rate',
    what: 'bytes that pass an EIP of 5 Mbit/s from the first packet to the last, offered 20 Mbit/s',
    formula: 'burst + rate x span',
    source: 'Cruz, A calculus for network delay, part I, 1991',
    toleranceReason: 'two packets of 1,000 B: one at either end',
    unit: 'number',
    run: (size) => ARRIVALS.map((arrivals) => passed(arrivals, size)),
  },
];

function passed(arrivals: 'constant' | 'poisson', size: ValidationSize): Finding {
  const { bytes, firstNs, lastNs } = measure(arrivals, size);
  const theory = BURST_BYTES + (RATE_BPS * (lastNs - firstNs)) / 8e9;
  return { case: arrivals, simulated: bytes, halfWidth: 0, theory, tolerance: (2 * PACKET_BYTES) / theory };
}
