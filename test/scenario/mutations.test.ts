/**
 * Goal: no text makes `parseScenario` throw, hang, or refuse without a reason. Method: valid scenarios are damaged in
 * text and in structure at random; whatever comes out must be a scenario, or diagnostics that point into the text.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import { CLB_EXAMPLE, RICH_EXAMPLE, SHOP_WITH_TRAFFIC } from '../support/scenario-texts.ts';

const TEXTS = [CLB_EXAMPLE, RICH_EXAMPLE, SHOP_WITH_TRAFFIC];

/** Long texts take longer, so they come up less often. */
const MOSTLY_SMALL = [SHOP_WITH_TRAFFIC, SHOP_WITH_TRAFFIC, SHOP_WITH_TRAFFIC, CLB_EXAMPLE, RICH_EXAMPLE];

const SCALARS = [
  '',
  '~',
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '.nan',
  '9007199254740993',
  '5',
  '5s',
  '-5s',
  '1e30s',
  '200%',
  '5%',
  '10.0.0.0/8',
  '300.1.1.1',
  '0.0.0.0/0',
  'web-1',
  'web-1..2',
  'web-2..1',
  'a..b',
  '$n',
  `$\{x}`,
  `"$\{x}"`,
  '*a',
  '&a 1',
  '&a [*a]',
  '{}',
  '[]',
  '[[]]',
  '{ a: 1 }',
  '{ min: 1 }',
  '{ never: true }',
  '{ uniform: [1s] }',
  'end',
  'all',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'front/web',
  'front//',
  '/',
  ':',
  '::80',
  'front:',
  'Shanghai',
  'cn-hangzhou',
  'cn-hangzhou-h',
  'ap-southeast-1a',
  '!!set { a }',
  '!!binary aa',
  '"\\u0000"',
  '|',
  '>-',
  '- a',
  '? b',
  '<<: *a',
  '\u{1F600}',
  '\ud800',
  '%',
  '@',
  '`',
  'web-1-dies + 5s',
  'web-1-dies - 500s',
  '1..99999999999',
  '"',
  "'",
  '#',
];

const pick = (items: readonly string[]) => fc.constantFrom(...items);
const position = fc.nat({ max: 10_000 });

type Mutation = (text: string) => string;
type Change = fc.Arbitrary<Mutation>;

function onLines(change: (lines: string[], at: number, other: number) => void): fc.Arbitrary<Mutation> {
  return fc.tuple(position, position).map(([a, b]) => (text) => {
    const lines = text.split('\n');
    change(lines, a % lines.length, b % lines.length);
    return lines.join('\n');
  });
}

/** Replaces the n-th thing that a pattern finds. */
function onMatches(pattern: RegExp, replacement: fc.Arbitrary<string>): fc.Arbitrary<Mutation> {
  return fc.tuple(position, replacement).map(([at, by]) => (text) => {
    const matches = [...text.matchAll(pattern)];
    const match = matches[at % Math.max(1, matches.length)];
    if (match === undefined) return text;
    return text.slice(0, match.index) + by + text.slice(match.index + match[0].length);
  });
}

const WORD = /[A-Za-z0-9_./%-]+/g;
const words = TEXTS.flatMap((text) => text.match(WORD) ?? []);

const mutation: Change = fc.oneof(
  onLines((lines, at) => lines.splice(at, 1)),
  onLines((lines, at) => lines.splice(at, 0, lines[at] ?? '')),
  onLines((lines, at, other) => {
    [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
  }),
  onLines((lines, at) => {
    lines[at] = `  ${lines[at]}`;
  }),
  onMatches(WORD, pick(SCALARS)),
  onMatches(WORD, pick(words)),
  onMatches(
    /: [^\n,{}[\]]+/g,
    pick(SCALARS).map((scalar) => `: ${scalar}`),
  ),
  onMatches(/[{}[\],:]/g, pick(['{', '}', '[', ']', ',', ':', '', '{ ', '- '])),
  fc.tuple(position, fc.string({ unit: 'binary', maxLength: 6 })).map(
    ([at, inserted]): Mutation =>
      (text) =>
        text.slice(0, at % text.length) + inserted + text.slice(at % text.length),
  ),
  fc.tuple(position, fc.nat({ max: 40 })).map(
    ([at, length]): Mutation =>
      (text) =>
        text.slice(0, at % text.length) + text.slice((at % text.length) + length),
  ),
);

function check(text: string): void {
  const result = parseScenario(text, { file: 'mutant.yaml' });
  const found = result.ok ? result.warnings : result.diagnostics;
  const lines = text.split('\n');
  for (const diagnostic of found) {
    const { line, column } = diagnostic;
    const isInText = line >= 1 && column >= 1 && column <= (lines[line - 1] ?? '').length + 1;
    const isReadable = !/undefined|NaN|\[object/.test(formatDiagnostic(diagnostic));
    if (!isInText || !isReadable) throw new Error(`bad diagnostic: ${JSON.stringify(diagnostic)}`);
  }
  if (result.ok) {
    // Plain data: what JSON keeps is everything.
    expect(JSON.parse(JSON.stringify(result.scenario))).toEqual(result.scenario);
  } else expect(found.some((diagnostic) => diagnostic.severity === 'error')).toBe(true);
}

test('a damaged scenario gives diagnostics or a scenario, never an exception', { timeout: 120_000 }, () => {
  const mutant = fc
    .tuple(pick(MOSTLY_SMALL), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([text, mutations]) => mutations.reduce((mutated, mutate) => mutate(mutated), text));
  fc.assert(fc.property(mutant, check), { numRuns: 2500, seed: 7 });
});

test('no text at all makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check), { numRuns: 500, seed: 7 });
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['open lists', '['.repeat(200_000)],
  ['open maps', '{'.repeat(200_000)],
  ['nested dashes', '- '.repeat(50_000)],
  ['nested keys', 'a: '.repeat(50_000)],
  ['question marks', '? '.repeat(50_000)],
  ['documents', '---\n'.repeat(20_000)],
  ['anchors', '&a '.repeat(20_000)],
  ['tags', '!a '.repeat(20_000)],
  ['closed lists', ']'.repeat(20_000)],
  ['directives', '%a\n'.repeat(20_000)],
  ['an alias in its own anchor', '&a [*a]'],
  ['a long line', `title: ${'x'.repeat(1_000_000)}`],
];

test.each(HOSTILE)('hostile text is refused quickly: %s', (_name, text) => check(text));
