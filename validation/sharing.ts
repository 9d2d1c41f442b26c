/** One bottleneck: how much of it a connection uses, and how evenly several share it. */
import { MILLISECOND_NS, SECOND_NS } from '../src/base/units.ts';
import { type TwoHosts, twoHosts } from '../test/support/fixtures.ts';
import type { Finding, Validation, ValidationSize } from './row.ts';
import { goodputBps, Transfer } from './two-ends.ts';

const RATE_BPS = 20e6;
const ROUND_TRIP_NS = 50 * MILLISECOND_NS;
/** Of a full packet of 1,500 B on the link. */
const PAYLOAD_SHARE = 1448 / 1500;

type Congestion = 'newreno' | 'cubic';

/** `buffer`: as a share of what is under way in a round trip. */
function bottleneck(buffer: number): TwoHosts {
  return twoHosts({
    takesNotes: false,
    latencyNs: ROUND_TRIP_NS / 2,
    rateBps: RATE_BPS,
    queueNs: Math.round(buffer * ROUND_TRIP_NS),
  });
}

/**
 * One NewReno connection, in units of round trip and of what a round trip holds: its window goes from (1 + b) / 2 to 1 + b.
 * Up to 1 it fills its share of the link and round trips take 1; above it the link is full and they take as long as the
 * window is large.
 */
function utilisationOfNewReno(buffer: number): number {
  const least = (1 + buffer) / 2;
  if (least >= 1) return 1;
  const growing = 1 - least;
  const full = ((1 + buffer) * (1 + buffer) - 1) / 2;
  return ((growing * (1 + least)) / 2 + full) / (growing + full);
}

function utilisation(congestion: Congestion, buffer: number, size: ValidationSize): Finding {
  const net = bottleneck(buffer);
  const transfer = new Transfer(net, 0, { congestion });
  const bps = goodputBps(net, [transfer], 20 * SECOND_NS, (size === 'full' ? 320 : 80) * SECOND_NS);
  return {
    case: `${congestion}, buffer of ${buffer} round trips`,
    simulated: bps / (RATE_BPS * PAYLOAD_SHARE),
    halfWidth: 0,
    theory: congestion === 'newreno' ? utilisationOfNewReno(buffer) : 1,
    tolerance: 0.03,
  };
}

/** Jain's index of the goodputs: 1 when all are the same, 1/n when one has everything. */
function fairness(congestion: Congestion, count: number, size: ValidationSize): Finding {
  const net = bottleneck(1);
  const transfers = Array.from({ length: count }, (_, i) => new Transfer(net, i, { congestion }));
  net.run(20 * SECOND_NS);
  const before = transfers.map(({ deliveredBytes }) => deliveredBytes);
  net.run((size === 'full' ? 620 : 200) * SECOND_NS);
  const shares = transfers.map(({ deliveredBytes }, i) => deliveredBytes - (before[i] as number));
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return {
    case: `${count} of ${congestion}`,
    simulated: (sum * sum) / (count * squares),
    halfWidth: 0,
    theory: 1,
    tolerance: 0.05,
  };
}

const KINDS: readonly Congestion[] = ['newreno', 'cubic'];

export const sharing: readonly Validation[] = [
  {
    name: 'utilisation of one flow',
    what: 'goodput of one connection over a bottleneck of 20 Mbit/s, round trip 50 ms, as a share of what its packets could carry',
    formula:
      '1 with a buffer of a round trip; with less, the mean over the sawtooth from (1 + b) / 2 to 1 + b',
    source:
      'Villamizar and Song, High performance TCP in ANSNET, 1994, for the buffer; the integral over the sawtooth for less',
    toleranceReason: 'repairs of losses, and windows of whole segments',
    unit: 'share',
    run: (size) => [
      utilisation('newreno', 1, size),
      utilisation('newreno', 0.3, size),
      utilisation('cubic', 1, size),
    ],
  },
  {
    name: 'fairness',
    what: "Jain's index of the goodputs of connections that share a bottleneck of 20 Mbit/s with the same round trip",
    formula: '(sum x)^2 / (n sum x^2) = 1',
    source:
      'Jain, Chiu, Hawe, A quantitative measure of fairness, 1984; Chiu and Jain 1989 for the convergence',
    toleranceReason: 'the span is finite, and drop-tail queues synchronise losses in part only',
    unit: 'number',
    run: (size) => KINDS.flatMap((kind) => [2, 4, 8].map((count) => fairness(kind, count, size))),
  },
];
