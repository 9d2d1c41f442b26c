/** CUBIC's window between two losses, beside its closed form. */
import { MILLISECOND_NS, SECOND_NS } from '../src/base/units.ts';
import { twoHosts } from '../test/support/fixtures.ts';
import type { Finding, Validation } from './row.ts';
import { loseData, Transfer } from './two-ends.ts';

const SEGMENT_BYTES = 1448;
const ROUND_TRIP_NS = 100 * MILLISECOND_NS;
/** RFC 9438 sections 4.1 and 4.6. */
const C = 0.4;
const BETA = 0.7;
/** The window that the loss ends: far above the region where Reno's is larger. */
const LOSS_WINDOW = 1000;
const SAMPLES_S = [2, 4, 6, 8, 10, 12, 14];

/** Segments of the congestion window at times after the loss was repaired. */
function cubicWindows(): Finding[] {
  const net = twoHosts({
    takesNotes: false,
    latencyNs: ROUND_TRIP_NS / 2,
    assume: { 'tcp.receive_buffer': 1e8 },
  });
  let isDue = false;
  const { socket } = new Transfer(net, 0, { congestion: 'cubic' });
  loseData(net, () => {
    const isLost = isDue;
    isDue = false;
    return isLost;
  });
  const segments = () => socket.congestionWindowBytes / SEGMENT_BYTES;
  const step = (until: () => boolean): void => {
    while (!until()) net.run(net.engine.nowNs + MILLISECOND_NS);
  };
  step(() => segments() >= LOSS_WINDOW);
  isDue = true;
  const before = segments();
  step(() => segments() < before);
  const reduced = segments();
  const most = reduced / BETA;
  // While the loss is repaired the window stands still.
  step(() => segments() > reduced);
  const startNs = net.engine.nowNs;
  const k = Math.cbrt((most * (1 - BETA)) / C);
  return SAMPLES_S.map((seconds) => {
    net.run(startNs + seconds * SECOND_NS);
    const t = seconds - k;
    const theory = C * t * t * t + most;
    return {
      case: `${seconds} s after the loss`,
      simulated: segments(),
      halfWidth: 0,
      theory,
      tolerance: 0.02,
    };
  });
}

export const tcpWindow: readonly Validation[] = [
  {
    name: "CUBIC's window",
    what: 'congestion window in segments after a single loss, round trip 100 ms',
    formula: 'W(t) = C (t - K)^3 + Wmax, K = cbrt(Wmax (1 - beta) / C), C = 0.4, beta = 0.7',
    source: 'RFC 9438 sections 4.2 and 4.6',
    toleranceReason: 'the window follows its target within a round trip (100 ms), in whole acknowledgements',
    unit: 'number',
    run: () => cubicWindows(),
  },
];
