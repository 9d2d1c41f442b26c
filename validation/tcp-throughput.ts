/**
 * Throughput of NewReno over a lossy path without a bottleneck, beside the two classical formulas, each under the losses
 * it assumes: every (1/p)-th segment for Mathis, the rest of a round after a first loss for PFTK.
 */
import { type RandomStream, RandomStreams } from '../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../src/base/units.ts';
import { twoHosts } from '../test/support/fixtures.ts';
import type { Finding, Validation, ValidationSize } from './row.ts';
import { replicate } from './statistics.ts';
import { goodputBps, type IsLost, loseData, Transfer } from './two-ends.ts';

const SEGMENT_BYTES = 1448;

/** A path of the round trip without serialisation; the window is bounded by losses alone. */
function lossyPath(roundTripNs: number, seed: string) {
  return twoHosts({
    takesNotes: false,
    latencyNs: roundTripNs / 2,
    seed,
    assume: { 'tcp.delayed_ack': 0, 'tcp.tail_loss_probe': 0 },
  });
}

function throughputBps(roundTripNs: number, seed: string, spanNs: number, isLost: IsLost): number {
  const net = lossyPath(roundTripNs, seed);
  loseData(net, isLost);
  const transfer = new Transfer(net, 0, { congestion: 'newreno' });
  return goodputBps(net, [transfer], spanNs / 10, spanNs);
}

/** Loses every `period`-th segment. */
function periodicLoss(period: number): IsLost {
  let sent = 0;
  return () => ++sent % period === 0;
}

/**
 * Segments are lost with probability `p` where the one before them in their round was not, and all that follow a lost one
 * in its round are lost as well. Rounds are told apart by their pause: a window leaves at once.
 */
function roundLoss(p: number, roundTripNs: number, random: RandomStream): IsLost {
  let lostSinceNs = Number.NEGATIVE_INFINITY;
  return (nowNs) => {
    if (nowNs - lostSinceNs < roundTripNs / 2) return true;
    if (random.uniform() >= p) return false;
    lostSinceNs = nowNs;
    return true;
  };
}

const PATHS = [
  { roundTripNs: 20 * MILLISECOND_NS, loss: 1e-3 },
  { roundTripNs: 20 * MILLISECOND_NS, loss: 2.5e-4 },
  { roundTripNs: 100 * MILLISECOND_NS, loss: 1e-3 },
  { roundTripNs: 100 * MILLISECOND_NS, loss: 1e-4 },
] as const;

function mathis({ roundTripNs, loss }: (typeof PATHS)[number], size: ValidationSize): Finding {
  const cycles = size === 'full' ? 200 : 30;
  const window = Math.sqrt(8 / (3 * loss));
  const cycleNs = (window / 2) * roundTripNs;
  const simulated = throughputBps(
    roundTripNs,
    'mathis',
    cycles * cycleNs,
    periodicLoss(Math.round(1 / loss)),
  );
  const theory = ((SEGMENT_BYTES * 8 * SECOND_NS) / roundTripNs) * Math.sqrt(3 / (2 * loss));
  return { case: pathName(roundTripNs, loss), simulated, halfWidth: 0, theory, tolerance: 5 / window };
}

const PFTK_PATHS = [
  { roundTripNs: 50 * MILLISECOND_NS, loss: 0.002 },
  { roundTripNs: 50 * MILLISECOND_NS, loss: 0.005 },
  { roundTripNs: 100 * MILLISECOND_NS, loss: 0.01 },
] as const;

/** The minimum of the deviation's share of the time-out, as configured. */
const LEAST_DEVIATION_NS = 200 * MILLISECOND_NS;

function pftk({ roundTripNs, loss }: (typeof PFTK_PATHS)[number], size: ValidationSize): Finding {
  const spanNs = (size === 'full' ? 40_000 : 4_000) * roundTripNs;
  const { mean, halfWidth } = replicate(size === 'full' ? 10 : 5, (replication) => {
    const random = new RandomStreams('pftk', replication).stream('link', 'loss');
    return throughputBps(roundTripNs, `pftk ${replication}`, spanNs, roundLoss(loss, roundTripNs, random));
  });
  const theory = SEGMENT_BYTES * 8 * segmentsPerSecond(roundTripNs / SECOND_NS, loss);
  return { case: pathName(roundTripNs, loss), simulated: mean, halfWidth, theory, tolerance: 0.15 };
}

/** What arrives, by the full model; `p` is the loss, T0 the first time-out, one acknowledgement a segment (b = 1). */
function segmentsPerSecond(roundTrip: number, p: number): number {
  const timeOut = roundTrip + LEAST_DEVIATION_NS / SECOND_NS;
  const q = 1 - p;
  const window = 1 + Math.sqrt((8 * q) / (3 * p) + 1);
  const q3 = q * q * q;
  // The share of loss events that leave too few segments for three duplicates.
  const timeOutShare = Math.min(
    1,
    ((1 - q3) * (1 + q3 * (1 - power(q, window - 3)))) / (1 - power(q, window)),
  );
  const backOff = 1 + p + 2 * p * p + 4 * p * p * p + 8 * power(p, 4) + 16 * power(p, 5) + 32 * power(p, 6);
  const arrived = q / p + window / 2 + timeOutShare;
  return arrived / (roundTrip * (window / 2 + 1) + (timeOutShare * timeOut * backOff) / q);
}

function power(base: number, exponent: number): number {
  return Math.exp(exponent * Math.log(base));
}

function pathName(roundTripNs: number, loss: number): string {
  return `round trip ${roundTripNs / MILLISECOND_NS} ms, loss ${loss * 100} %`;
}

export const tcpThroughput: readonly Validation[] = [
  {
    name: 'NewReno, Mathis',
    what: 'goodput of one NewReno connection that loses every (1/p)-th segment',
    formula: 'MSS / RTT x sqrt(3 / (2 p)), MSS = 1,448 B',
    source:
      'Mathis, Semke, Mahdavi, Ott, The macroscopic behavior of the TCP congestion avoidance algorithm, 1997',
    toleranceReason:
      'of the W / 2 round trips of a cycle, W = sqrt(8 / (3 p)), the formula leaves out the one that repairs the loss, the one after it without growth, and that a window is used in whole segments only: 2.5 in all',
    unit: 'bitrate',
    run: (size) => PATHS.map((path) => mathis(path, size)),
  },
  {
    name: 'NewReno, PFTK',
    what: 'goodput of one NewReno connection that loses the rest of a round after a first loss, as the formula assumes',
    formula:
      'MSS ((1 - p) / p + W / 2 + Q) / (RTT (W / 2 + 1) + Q T0 G / (1 - p)), W = 1 + sqrt(8 (1 - p) / (3 p) + 1), T0 = RTT + 200 ms, Q the share of losses that end in a time-out, G = 1 + p + 2 p^2 + 4 p^3 + ... + 32 p^6',
    source:
      'Padhye, Firoiu, Towsley, Kurose, Modeling TCP Reno performance, 2000: the throughput T(p) of the full model, b = 1',
    toleranceReason:
      'the model leaves out slow start after a time-out and the round trips that repair several losses, and cuts windows to means',
    unit: 'bitrate',
    run: (size) => PFTK_PATHS.map((path) => pftk(path, size)),
  },
];
