/**
 * What size costs. `growth/idle-devices`: the same thousand connections over the same ten devices, while none, 90,
 * 990 or 9,990 others stand beside them; how many times as much an event costs in the largest network as in the
 * smallest. `growth/all-active`: traffic over all of the 10,000, so that no packet meets what the last one left in
 * the cache, beside a bare loop that touches random rows of columns as many and as long: what memory alone costs.
 */
import { assert } from '../src/base/assert.ts';
import { mix32 } from '../src/base/mix.ts';
import { Campus, FEWEST_DEVICES, HOSTS_OF_EDGE } from './campus.ts';
import {
  type Bench,
  type BenchRow,
  type BenchSize,
  bySize,
  compareRates,
  limitRow,
  medianOf,
  rateOf,
  type Side,
  takeTurns,
} from './harness.ts';

const CONNECTIONS = 1000;
const FIRST_PORT = 10_000;
const LIMIT = 1.5;

export const growthBenches: readonly Bench[] = [
  { name: 'growth/idle-devices', isFullOnly: false, run: besideIdleDevices },
  { name: 'growth/all-active', isFullOnly: true, run: overAllDevices },
];

function besideIdleDevices(size: BenchSize): BenchRow {
  const counts = bySize(size, [10, 100], [10, 100, 1000, 10_000], [10, 100, 1000, 10_000]);
  const sides = counts.map((devices) =>
    campusSide(talkEndToEnd(devices), bySize(size, 2_000, 50_000, 300_000)),
  );
  const rates = takeTurns(sides, bySize(size, 2, 5, 15), rateOf);
  // The same packets at the same instants, whatever stands beside them.
  for (const side of sides)
    assert(side.hash() === sides[0].hash(), 'idle devices leave the traffic as it is');
  const costs = rates.map((ofSide) => ofSide.map((rate, round) => rates[0][round] / rate));
  const between = counts.slice(1, -1).map((devices, i) => [`at ${devices}`, medianOf(costs[i + 1])]);
  return limitRow({
    name: 'growth/idle-devices',
    unit: 'x the cost at 10',
    measured: costs[costs.length - 1],
    limit: LIMIT,
    alternatives: Object.fromEntries(between),
    hash: sides[0].hash(),
  });
}

function talkEndToEnd(devices: number): Campus {
  const campus = new Campus(devices);
  for (let i = 0; i < CONNECTIONS; i++) campus.talk(campus.a, campus.b, FIRST_PORT + i);
  return campus;
}

function overAllDevices(size: BenchSize): BenchRow {
  const devices = bySize(size, 100, 10_000, 10_000);
  const hops = bySize(size, 2_000, 100_000, 1_000_000);
  return compareRates({
    name: 'growth/all-active',
    unit: 'packet-hops/s',
    target: null,
    rounds: bySize(size, 2, 5, 15),
    ours: campusSide(talkAcross(devices), hops),
    alternatives: { 'bare loop': bareSide(devices, hops) },
    isSameWork: false,
  });
}

/** Every host has a connection to the host that is half the network further on. */
function talkAcross(devices: number): Campus {
  assert(devices > FEWEST_DEVICES + HOSTS_OF_EDGE, 'there are hosts at the edges');
  const campus = new Campus(devices);
  const { hosts } = campus;
  hosts.forEach((host, i) => {
    campus.talk(host, hosts[(i + (hosts.length >> 1)) % hosts.length], FIRST_PORT);
  });
  return campus;
}

function campusSide({ engine, network }: Campus, events: number): Side {
  return {
    run: () => {
      engine.run(Number.MAX_SAFE_INTEGER, events);
      return events;
    },
    hash: () => network.fingerprint.toString(),
  };
}

/** Columns that one packet-hop reads or writes, and the table they belong to. */
const TOUCHED = [
  { of: 'links', perDevice: 2, columns: 14 },
  { of: 'packets', perDevice: 1, columns: 12 },
  { of: 'devices', perDevice: 1, columns: 6 },
  { of: 'interfaces', perDevice: 2, columns: 4 },
  { of: 'routes', perDevice: 2, columns: 2 },
];

function bareSide(devices: number, hops: number): Side {
  const tables = TOUCHED.map(({ perDevice, columns }) =>
    Array.from({ length: columns }, () => new Float64Array(devices * perDevice)),
  );
  let random = 1;
  return {
    run: () => {
      for (let hop = 0; hop < hops; hop++) {
        for (const columns of tables) {
          random = mix32(random + 0x9e3779b9);
          touch(columns, (random >>> 0) % columns[0].length);
        }
      }
      return hops;
    },
    hash: () => String(random),
  };
}

function touch(columns: readonly Float64Array[], row: number): void {
  for (let i = 0; i < columns.length; i++) columns[i][row]++;
}
