/** Names of interfaces, `device:peer`, and the patterns by which a user chooses among them. */
import { distance } from 'fastest-levenshtein';
import type { LinkPart } from '../scenario/parts.ts';

/** Shown of what a pattern that matches nothing may have meant. */
const MAX_NEAREST = 3;

export function interfaceNames(links: readonly LinkPart[]): string[] {
  return links.flatMap(({ a, b }) => [`${a}:${b}`, `${b}:${a}`]);
}

export type InterfacesChosen =
  | { readonly ok: true; readonly names: ReadonlySet<string> }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Those of `known` that a pattern names; a pattern that names none is a problem. */
export function chooseInterfaces(patterns: readonly string[], known: readonly string[]): InterfacesChosen {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const pattern of patterns) {
    const matches = patternMatcher(pattern);
    const chosen = known.filter(matches);
    if (chosen.length === 0) problems.push(describeMiss(pattern, known));
    for (const name of chosen) names.add(name);
  }
  return problems.length === 0 ? { ok: true, names } : { ok: false, problems };
}

/**
 * `*` stands for any characters, `/` and `:` too; everything else for itself. Each part is looked for from where the
 * last one ended, so that the time it takes does not grow with the stars.
 */
function patternMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  const first = parts[0] as string;
  if (parts.length === 1) return (name) => name === first;
  const last = parts[parts.length - 1] as string;
  const between = parts.slice(1, -1);
  return (name) => {
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of between) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}

function describeMiss(pattern: string, known: readonly string[]): string {
  const nearest = nearestNames(pattern, known).map((name) => `'${name}'`);
  return `error[unknown-interface]: --pcap '${pattern}' matches no interface; the nearest: ${nearest.join(', ')} (vpcsim check --list names all)`;
}

/** Names that hold the pattern's text come first, then those that take the fewest changes. */
function nearestNames(pattern: string, known: readonly string[]): string[] {
  const text = pattern.replaceAll('*', '').toLowerCase().slice(0, 200);
  const ranked = known.map((name, index) => {
    const lower = name.toLowerCase();
    const [device = ''] = lower.split(':');
    // Who leaves the peer out means the device.
    const changes = Math.min(distance(text, lower), distance(text, device));
    return { name, index, rank: lower.includes(text) ? -1 : changes };
  });
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked.slice(0, MAX_NEAREST).map(({ name }) => name);
}
