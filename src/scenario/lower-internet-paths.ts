/** `internet_paths`: what is known of the Internet between two places, in place of the distance model. */
import type { Check } from './check.ts';
import type { Declared } from './names.ts';
import { placeSlug } from './parts.ts';
import { findCity } from './places.ts';
import { limitedQuantity, optional, textOf } from './reading.ts';
import type { InternetHost, InternetPath, Region } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

/** One way; light goes around the Earth in 134 ms. */
const LATENCIES = { max: 10e9 } as const;
const MTUS = { min: 68, max: 65_535 } as const;

/** Cities in use by what they may be called: slug of the city, or id of the region. */
type Cities = ReadonlyMap<string, string>;

export function lowerInternetPaths(
  check: Check,
  regions: readonly Region[],
  hosts: readonly Pick<InternetHost, 'place'>[],
): InternetPath[] {
  const cities = new Map<string, string>();
  for (const { place } of [...regions, ...hosts]) cities.set(placeSlug(place.city), place.city);
  for (const { name, place } of regions) cities.set(name, place.city);
  const paths: InternetPath[] = [];
  for (const declared of check.names.inSections('internet_paths')) {
    const path = lowerPath(check, cities, declared);
    if (path === undefined) continue;
    const earlier = paths.find(({ between }) => between.every((city) => path.between.includes(city)));
    if (earlier === undefined) paths.push(path);
    else reportTwice(check, declared, earlier);
  }
  return paths;
}

function lowerPath(check: Check, cities: Cities, { name, value }: Declared): InternetPath | undefined {
  const { diagnostics } = check;
  const between = child(value, 'between');
  const ends = between?.kind === 'list' ? between.items : [];
  const [from, to] = ends.map((node) => cityOf(check, cities, node));
  const oneWay = child(value, 'one_way');
  const roundTrips = child(value, 'round_trips');
  if (oneWay !== undefined && roundTrips !== undefined) {
    diagnostics.error('exactly-one', roundTrips.span, `'${name}' has both one_way and round_trips`, {
      expected: 'one of them',
    });
  }
  const form = { kind: 'duration', bareUnit: 1e6, min: 0, max: 2 * LATENCIES.max } as const;
  const settings = {
    ...optional('oneWayNs', limitedQuantity(oneWay, 'duration', LATENCIES, diagnostics)),
    ...optional('roundTrips', check.dataFiles.series(roundTrips, form)),
    ...optional(
      'rateBps',
      limitedQuantity(child(value, 'rate'), 'bitrate', { min: 1000, max: 1e15 }, diagnostics),
    ),
    ...optional('mtuBytes', limitedQuantity(child(value, 'mtu'), 'size', MTUS, diagnostics)),
    ...optional('loss', limitedQuantity(child(value, 'loss'), 'share', { max: 1 }, diagnostics)),
  };
  if (from === undefined || to === undefined) return undefined;
  if (from !== to) return { name, between: [from, to], ...settings };
  diagnostics.error('bad-value', (between as Tree).span, `'${name}' leads from ${from} to itself`, {
    expected: 'two places',
  });
  return undefined;
}

function cityOf(check: Check, cities: Cities, node: Tree): string | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  const city = cities.get(text) ?? cities.get(placeSlug(findCity(text) ?? text));
  if (city !== undefined) return city;
  check.diagnostics.error('unknown-reference', node.span, `nothing in this file is in '${text}'`, {
    expected: 'the city of a region, client or Internet host, or the id of a region',
    unknown: text,
    known: [...cities.values()],
  });
  return undefined;
}

function reportTwice(check: Check, { span }: Declared, { name, between }: InternetPath): void {
  check.diagnostics.error('duplicate-path', span, `'${name}' is the path between ${between.join(' and ')}`, {
    expected: 'one path for a pair of places',
  });
}
