/**
 * Goal: what a simulation finds out is written nowhere in the sources; only timers, thresholds and limits are. Method:
 * look through the sources, without their comments, for the published outcomes: 19, 21 and 30 s of failover, and 55,000
 * connections of an EIP, however they may be spelt.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const OUTCOMES_S = [19, 21, 30];
const OUTCOME_COUNTS = [55_000];

/** The coordinates of cities, and the text of a scenario that `vpcsim init` writes. */
const EXEMPT = new Set(['src/scenario/places.ts', 'src/cli/init-shop.ts']);

/** The registry of parameters. */
const REGISTRY = 'src/base/registry/';

const UNITS_NS: Readonly<Record<string, number>> = {
  MINUTE_NS: 60e9,
  SECOND_NS: 1e9,
  MILLISECOND_NS: 1e6,
  MICROSECOND_NS: 1e3,
};

const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const NUMBER = /(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e\+?\d+)?(?![\w.])/g;

/** Strings stay, since a call may parse a quantity from one. */
const withoutComments = (source: string): string =>
  source.replace(COMMENT_OR_STRING, (found) => (found.startsWith('/') ? ' ' : found));

function findOutcomes(source: string): string[] {
  const code = withoutComments(source);
  const numbers = [...code.matchAll(NUMBER)].filter((match) => {
    const value = Number(match[0].replaceAll('_', ''));
    const before = code.slice(Math.max(0, match.index - 60), match.index);
    const after = code.slice(match.index + match[0].length, match.index + match[0].length + 60);
    const unit = /^\s*\*\s*(\w+_NS)\b/.exec(after)?.[1] ?? /\b(\w+_NS)\s*\*\s*$/.exec(before)?.[1];
    if (unit !== undefined) return OUTCOMES_S.includes((value * (UNITS_NS[unit] ?? 0)) / 1e9);
    const isSeconds = /(?:Sec|Secs|Second|Seconds|[a-z]S|_S|_SECONDS)(?:: number)?\s*[:=]\s*$/.test(before);
    if (isSeconds && OUTCOMES_S.includes(value)) return true;
    const isRate = /PerSecond:\s*$/.test(before);
    const isTime = !isRate && [1e3, 1e6, 1e9].some((perSecond) => OUTCOMES_S.includes(value / perSecond));
    return isTime || OUTCOME_COUNTS.includes(value);
  });
  const quantities = code.matchAll(/\(['"`](\d+) ?(s|ms|us|ns)['"`]/g);
  const perSecond: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
  const texts = [...quantities].filter(([, value, unit]) =>
    OUTCOMES_S.includes(Number(value) / (perSecond[unit as string] as number)),
  );
  return [...numbers, ...texts].map(([found]) => found);
}

test('no source says how long a failover takes or how many connections an EIP carries', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !EXEMPT.has(file) && !file.startsWith(REGISTRY));
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((file) =>
    findOutcomes(readFileSync(file, 'utf8')).map(
      (text) => `${file}: ${text} looks like an outcome: make it follow from parameters and packets`,
    ),
  );
  expect(found).toEqual([]);
});

test.each([
  'const downAfterNs = 19 * SECOND_NS;',
  'arm(timer, now() + SECOND_NS * 30);',
  'arm(timer, now() + 30_000 * MILLISECOND_NS);',
  'const holdNs = 0.5 * MINUTE_NS;',
  'const TAKEOVER_NS = 30e9;',
  'const TAKEOVER_NS = 30_000_000_000;',
  'const takeoverMs = 19_000;',
  'const takeover = 21000;',
  'const takeoverSeconds = 30;',
  'const settings = { takeoverS: 21 };',
  "const takeover = duration('30s');",
  "const url = 'https://example.com'; const takeover = duration('19 s');",
  'const limit = 55_000;',
])('it would be seen: %s', (source) => {
  expect(findOutcomes(`/* Header. */\n${source} // Said again: 19 s.\n`)).toHaveLength(1);
});

test.each([
  '// It takes 3 x 5 s + 2 x 2 s = 19 s.',
  '/** Takes over within 30 s: 30_000 ms. */',
  'const longestNs = 30 * DAY_NS;',
  'const pool = block(198, 19, 17);',
  'const intervalNs = 2 * SECOND_NS;',
  'const rateBps = 190e9;',
  "const EXAMPLES = { duration: '30s', rate: '200/s' };",
  "expected: 'a time such as 30s, or an event'",
  'const h = (hash << 13) | (hash >>> 19);',
  'const wide = line.padEnd(30);',
])('it is no outcome: %s', (source) => {
  expect(findOutcomes(source)).toEqual([]);
});
