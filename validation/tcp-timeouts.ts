/**
 * What a sender does when the path goes black: when it repeats its oldest segment, and how long the receiver hears nothing
 * once the path is back. Tail loss probes are off, so that RFC 6298 alone decides.
 */
import { NONE } from '../src/base/brand.ts';
import { MILLISECOND_NS, SECOND_NS } from '../src/base/units.ts';
import { type TwoHosts, twoHosts } from '../test/support/fixtures.ts';
import type { Finding, Validation } from './row.ts';
import { openIdle, Transfer } from './two-ends.ts';

const ROUND_TRIP_NS = 40 * MILLISECOND_NS;
const BLACK_FROM_NS = 5 * SECOND_NS;
const WINDOW_BYTES = 14_480;
const LINUX_MINIMUM_NS = 200 * MILLISECOND_NS;

interface Path {
  readonly net: TwoHosts;
  readonly transfer: Transfer;
  /** When a sent anything again. */
  readonly repeatsNs: number[];
}

/** A transfer whose round trips are all the same: the window never grows beyond ten segments. */
function steadyPath(minimumNs: number): Path {
  const net = twoHosts({
    latencyNs: ROUND_TRIP_NS / 2,
    assume: { 'tcp.tail_loss_probe': 0, 'tcp.min_rto': minimumNs, 'tcp.receive_buffer': WINDOW_BYTES },
  });
  const repeatsNs: number[] = [];
  net.network.addObserver({ onRetransmit: () => repeatsNs.push(net.engine.nowNs) });
  const transfer = new Transfer(net, 0, {});
  return { net, transfer, repeatsNs };
}

function turnBlack({ net }: Pick<Path, 'net'>): void {
  net.run(BLACK_FROM_NS);
  net.network.layer.fail(net.link.out, NONE);
  net.network.layer.fail(net.link.back, NONE);
}

/** Round trips are constant, so their deviation has died out and the minimum takes its place. */
const timeOutNs = (minimumNs: number): number => ROUND_TRIP_NS + minimumNs;

function repeats(minimumNs: number): Finding[] {
  const path = steadyPath(minimumNs);
  turnBlack(path);
  const { net, repeatsNs } = path;
  net.run(BLACK_FROM_NS + 130 * SECOND_NS);
  const gaps = repeatsNs.slice(1).map((atNs, i) => atNs - (repeatsNs[i] as number));
  return gaps.slice(0, 6).map((gapNs, i) => ({
    case: `minimum ${minimumNs / MILLISECOND_NS} ms, wait ${i + 2}`,
    simulated: gapNs,
    halfWidth: 0,
    theory: timeOutNs(minimumNs) * (2 << i),
    tolerance: 0.001,
  }));
}

const LONG_ROUND_TRIP_NS = 200 * MILLISECOND_NS;
const MESSAGE_BYTES = 1000;

/** The first time-out after some messages that were acknowledged one by one, all after the same round trip. */
function firstTimeOut(messages: number): Finding {
  const net = twoHosts({
    latencyNs: LONG_ROUND_TRIP_NS / 2,
    assume: { 'tcp.tail_loss_probe': 0, 'tcp.min_rto': MILLISECOND_NS },
  });
  const repeatsNs: number[] = [];
  net.network.addObserver({ onRetransmit: () => repeatsNs.push(net.engine.nowNs) });
  const socket = openIdle(net);
  for (let i = 0; i < messages; i++) {
    socket.send(MESSAGE_BYTES);
    net.run(net.engine.nowNs + SECOND_NS / 4);
  }
  turnBlack({ net });
  socket.send(MESSAGE_BYTES);
  net.run(BLACK_FROM_NS + SECOND_NS);
  let deviationNs = LONG_ROUND_TRIP_NS / 2;
  for (let i = 0; i < messages; i++) deviationNs *= 3 / 4;
  return {
    case: `after ${messages} messages`,
    simulated: (repeatsNs[0] ?? Number.NaN) - BLACK_FROM_NS,
    halfWidth: 0,
    theory: LONG_ROUND_TRIP_NS + 4 * deviationNs,
    tolerance: 0.001,
  };
}

/** From the last segment before the black hole to the first one after it, as the receiver hears them. */
function silence(seconds: number): Finding {
  const path = steadyPath(LINUX_MINIMUM_NS);
  const { net } = path;
  turnBlack(path);
  const lastHeardNs = lastArrivalNs(net, net.idB);
  const lastAcknowledgedNs = lastArrivalNs(net, net.idA);
  const endNs = BLACK_FROM_NS + seconds * SECOND_NS;
  net.run(endNs);
  net.network.layer.restore(net.link.out, NONE);
  net.network.layer.restore(net.link.back, NONE);
  while (lastArrivalNs(net, net.idB) === lastHeardNs) net.run(net.engine.nowNs + MILLISECOND_NS);
  let repeatNs = lastAcknowledgedNs;
  for (let waitNs = timeOutNs(LINUX_MINIMUM_NS); repeatNs < endNs; waitNs *= 2) repeatNs += waitNs;
  return {
    case: `black for ${seconds} s`,
    simulated: lastArrivalNs(net, net.idB) - lastHeardNs,
    halfWidth: 0,
    theory: repeatNs + ROUND_TRIP_NS / 2 - lastHeardNs,
    tolerance: 0.001,
  };
}

function lastArrivalNs(net: TwoHosts, device: number): number {
  return net.arrivals.findLast((arrival) => arrival.device === device)?.atNs ?? 0;
}

export const tcpTimeouts: readonly Validation[] = [
  {
    name: 'retransmission time-out of samples',
    what: 'the first time-out of a connection after its handshake and some messages, each acknowledged after 200 ms; minimum 1 ms',
    formula: 'RTO = SRTT + 4 RTTVAR: R + 4 (R / 2) (3 / 4)^n, R = 200 ms',
    source: 'RFC 6298 sections 2.2 and 2.3',
    toleranceReason: 'whole nanoseconds',
    unit: 'time',
    run: () => [0, 1, 2, 5, 10].map((messages) => firstTimeOut(messages)),
  },
  {
    name: 'retransmission time-outs',
    what: 'waits between repetitions of the oldest segment on a path gone black, round trip 40 ms',
    formula: 'RTO x 2^n, RTO = SRTT + max(minimum, 4 RTTVAR), RTTVAR having died out',
    source: 'RFC 6298 sections 2 and 5, with the minimum where Linux has it',
    toleranceReason: 'what is left of the deviation of the first round trips',
    unit: 'time',
    run: () => [...repeats(LINUX_MINIMUM_NS), ...repeats(SECOND_NS)],
  },
  {
    name: 'silence after a black hole',
    what: 'how long a receiver hears nothing when the path is black for some seconds, round trip 40 ms',
    formula:
      'until the first of the times A + RTO (2^n - 1) at which the path is back, A: last acknowledgement before',
    source: 'RFC 6298 section 5',
    toleranceReason: 'what is left of the deviation of the first round trips',
    unit: 'time',
    run: () => [1, 3, 10, 30].map((seconds) => silence(seconds)),
  },
];
