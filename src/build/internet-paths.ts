/** What `internet_paths` say of the links between places: latencies that follow a record, and their own loss. */
import { NONE } from '../base/brand.ts';
import type { LinkId } from '../network/ids.ts';
import { Impairment } from '../network/impairment.ts';
import { internetRouterName, type LinkPart, linkName } from '../scenario/parts.ts';
import type { InternetPath } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

/** The path that a link of the Internet is; undefined for one that nothing is said of. */
export function pathOf({ scenario }: Plant, { a, b }: LinkPart): InternetPath | undefined {
  return scenario.internetPaths.find(({ between }) => {
    const ends = between.map(internetRouterName);
    return ends.includes(a) && ends.includes(b);
  });
}

/** In the first instant; undefined where it follows from the distance. */
export function firstLatencyNs({ oneWayNs, roundTrips }: InternetPath): number | undefined {
  return roundTrips === undefined ? oneWayNs : half(roundTrips.values[0] as number);
}

/** Gives the links their own loss. */
export function buildPaths(plant: Plant): void {
  for (const path of plant.scenario.internetPaths) {
    const { loss } = path;
    if (loss === undefined || loss === 0) continue;
    const { name, out, back } = linkOf(plant, path);
    for (const [link, way] of [
      [out, 'out'],
      [back, 'in'],
    ] as const) {
      const streamOf = (purpose: string) => plant.streams.stream(name, `${way} own ${purpose}`);
      const reorderDelayNs = plant.values.get('link.reorder_delay');
      plant.network.links.setOwnImpairments(link, [new Impairment({ loss }, NONE, streamOf, reorderDelayNs)]);
    }
  }
}

/** From now on, which is 0 s, latencies follow their records. One row of each is pending at a time. */
export function beginPaths(plant: Plant): void {
  for (const path of plant.scenario.internetPaths) follow(plant, path);
}

function follow(plant: Plant, path: InternetPath): void {
  const { engine, network } = plant;
  const { timesNs, values } = path.roundTrips ?? { timesNs: [], values: [] };
  const { durationNs } = plant.scenario;
  const { latencyNs } = network.links;
  const { out, back } = linkOf(plant, path);
  let row = 0;
  const step = (): void => {
    latencyNs[out] = half(values[row] as number);
    latencyNs[back] = latencyNs[out];
    row++;
    next();
  };
  // What comes after the run need not lie within the clock.
  const next = (): void => {
    const atNs = timesNs[row] ?? durationNs;
    if (atNs < durationNs) engine.call(network.zeroNs + atNs, step);
  };
  next();
}

function linkOf(plant: Plant, { between }: InternetPath): { name: string; out: LinkId; back: LinkId } {
  const [a, b] = between.map(internetRouterName) as [string, string];
  const name = plant.links.has(linkName(a, b)) ? linkName(a, b) : linkName(b, a);
  const { ends } = plant.links.get(name) as { ends: { out: LinkId; back: LinkId } };
  return { name, out: ends.out, back: ends.back };
}

/** Of a round trip, one way. */
function half(roundTripNs: number): number {
  return Math.round(roundTripNs / 2);
}
