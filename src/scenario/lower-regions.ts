/** Regions, zones and cities: which exist, where they are, which are in use. */
import type { Check } from './check.ts';
import { placeSlug, regionOfZone } from './parts.ts';
import { CITIES, findCity, REGIONS } from './places.ts';
import { numberOf, textOf } from './reading.ts';
import type { Place, Region } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** The Internet has a link per pair of places, so their number is bounded. */
const MAX_PLACES = 200;

export class Places {
  private readonly check: Check;
  private readonly ownRegions = new Map<string, Tree>();
  /** By slug, which names the router of a place. */
  private readonly places = new Map<string, { place: Place; line: number }>();
  private readonly used = new Map<string, Region>();

  constructor(check: Check) {
    this.check = check;
    for (const { key, value } of entriesOf(child(check.root, 'regions'))) this.ownRegions.set(key, value);
    // Positions that the file gives hold for all mentions of the city, wherever they stand.
    for (const section of ['regions', 'clients', 'internet_hosts', 'resolvers']) {
      for (const { value } of entriesOf(child(check.root, section))) this.notePosition(value);
    }
    // Those not in use are checked as well.
    for (const region of this.ownRegions.values()) this.placeOf(region);
  }

  /** Regions in use, in order of first use. */
  get regions(): Region[] {
    return [...this.used.values()];
  }

  /** The place of a client, an Internet host or a region of the file; undefined after an error. */
  placeOf(owner: Tree): Place | undefined {
    const node = child(owner, 'city');
    const city = textOf(node);
    if (node === undefined || city === undefined) return undefined;
    const slug = placeSlug(findCity(city) ?? city);
    const known = this.places.get(slug)?.place ?? builtIn(city);
    if (known !== undefined) {
      this.keep(slug, known, node.span);
      return known;
    }
    if (child(owner, 'latitude') !== undefined || child(owner, 'longitude') !== undefined) return undefined;
    this.check.diagnostics.error('unknown-city', node.span, `city '${city}' is not built in`, {
      expected: 'a built-in city, or latitude and longitude beside it',
      unknown: city,
      known: CITIES.keys(),
    });
    return undefined;
  }

  /** Marks a region as used; false after an error. */
  useRegion(name: string, span: Span): boolean {
    if (this.used.has(name)) return true;
    const own = this.ownRegions.get(name);
    const city = REGIONS.get(name);
    if (own === undefined && city === undefined) {
      this.check.diagnostics.error('unknown-region', span, `there is no region '${name}'`, {
        expected: 'a built-in region, or one under regions',
        unknown: name,
        known: [...REGIONS.keys(), ...this.ownRegions.keys()],
      });
      return false;
    }
    const place = own === undefined ? this.builtInPlace(city ?? '', span) : this.placeOf(own);
    if (place !== undefined) this.used.set(name, { name, place });
    return true;
  }

  /** Whether a zone is one of a region; reports if not. */
  isZoneOf(zone: string, region: string, span: Span, whose: string): boolean {
    const { diagnostics } = this.check;
    const form = /\d$/.test(region) ? `${region}a` : `${region}-a`;
    const isForm = /^[a-z][a-z0-9-]*[-0-9][a-z]$/.test(zone);
    if (isForm && regionOfZone(zone) === region) return true;
    const code = isForm && this.isRegion(regionOfZone(zone)) ? 'wrong-region' : 'unknown-region';
    const message = isForm
      ? `zone '${zone}' is not in region '${region}' of ${whose}`
      : `'${zone}' is no zone`;
    diagnostics.error(code, span, message, {
      expected: `a zone of ${region} such as ${form}`,
      unknown: regionOfZone(zone),
      known: [region],
    });
    return false;
  }

  isRegion(name: string): boolean {
    return REGIONS.has(name) || this.ownRegions.has(name);
  }

  private builtInPlace(city: string, span: Span): Place | undefined {
    const slug = placeSlug(city);
    const place = this.places.get(slug)?.place ?? builtIn(city);
    if (place !== undefined) this.keep(slug, place, span);
    return place;
  }

  private keep(slug: string, place: Place, span: Span): void {
    if (this.places.has(slug)) return;
    this.places.set(slug, { place, line: this.check.diagnostics.lineOf(span) });
    this.checkCount(span);
  }

  private checkCount(span: Span): void {
    if (this.places.size <= MAX_PLACES) return;
    this.check.diagnostics.error(
      'limit-exceeded',
      span,
      `there are more than ${MAX_PLACES} different cities`,
    );
  }

  private notePosition(owner: Tree): void {
    const { diagnostics } = this.check;
    const node = child(owner, 'city');
    const written = textOf(node);
    const [first, second] = [child(owner, 'latitude'), child(owner, 'longitude')];
    if (node === undefined || written === undefined || (first === undefined && second === undefined)) return;
    const [latitude, longitude] = [numberOf(first), numberOf(second)];
    if (first === undefined || second === undefined) {
      const missing = first === undefined ? 'latitude' : 'longitude';
      diagnostics.error('missing-key', node.span, `city '${written}' has no ${missing}`, {
        expected: 'both latitude and longitude, or neither',
      });
      return;
    }
    if (latitude === undefined || longitude === undefined) return;
    const city = findCity(written) ?? written.trim();
    const slug = placeSlug(city);
    if (slug === '') {
      diagnostics.error('bad-value', node.span, `'${written}' has no letter from a to z`, {
        expected: 'a name of the city in Latin letters: it names a part',
      });
      return;
    }
    const earlier = this.places.get(slug);
    if (earlier === undefined) {
      const place = { city, latitude, longitude };
      this.places.set(slug, { place, line: diagnostics.lineOf(node.span) });
      this.checkCount(node.span);
    } else if (earlier.place.latitude !== latitude || earlier.place.longitude !== longitude) {
      diagnostics.error(
        'place-conflict',
        node.span,
        `'${city}' has another position in line ${earlier.line}`,
        {
          expected: 'one position per city',
        },
      );
    }
  }
}

function builtIn(text: string): Place | undefined {
  const city = findCity(text);
  const position = city === undefined ? undefined : CITIES.get(city);
  if (city === undefined || position === undefined) return undefined;
  return { city, latitude: position[0], longitude: position[1] };
}
