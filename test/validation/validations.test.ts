/**
 * Goal: what docs/VALIDATION.md claims stays true with every change. Method: the short form of every validation, fewer and
 * shorter runs of the same models, must agree with its formula; and a finding that is off must be able to fail.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validations } from '../../validation/all.ts';
import { erlangB } from '../../validation/erlang.ts';
import { type Finding, verdictOf } from '../../validation/row.ts';
import { estimate } from '../../validation/statistics.ts';

describe.each(validations.map((validation) => [validation.name, validation] as const))(
  '%s',
  (_name, validation) => {
    test('agrees with its formula in the short form', () => {
      const findings = validation.run('short');
      expect(findings.length).toBeGreaterThan(0);
      for (const finding of findings)
        expect(verdictOf(finding, 'short'), JSON.stringify(finding)).toBe('pass');
    });
  },
);

test('every validation is on the page, with no row that fails', () => {
  const page = readFileSync('docs/VALIDATION.md', 'utf8');
  for (const { name } of validations) expect(page).toContain(`## ${name}\n`);
  expect(page).not.toMatch(/\| (fail|too wide to tell) \|/);
});

describe('a finding', () => {
  const finding: Finding = { case: 'test', simulated: 100, halfWidth: 1, theory: 100, tolerance: 0.01 };

  test('passes up to interval and tolerance together, and not beyond', () => {
    expect(verdictOf({ ...finding, simulated: 102 }, 'full')).toBe('pass');
    expect(verdictOf({ ...finding, simulated: 102.1 }, 'full')).toBe('fail');
    expect(verdictOf({ ...finding, simulated: 97.9 }, 'full')).toBe('fail');
  });

  test('proves nothing when its interval is wide, or is none', () => {
    expect(verdictOf({ ...finding, halfWidth: 6 }, 'full')).toBe('too wide to tell');
    expect(verdictOf({ ...finding, halfWidth: Number.NaN }, 'full')).toBe('too wide to tell');
  });
});

test('the interval is that of the t distribution', () => {
  // t at 99.5 % with 2 degrees of freedom is 9.9248; the deviation of 1, 2, 3 is 1.
  const { mean, halfWidth } = estimate([1, 2, 3]);
  expect(mean).toBe(2);
  expect(halfWidth).toBeCloseTo(9.9248 / Math.sqrt(3), 3);
});

test("Erlang's B has the values of the tables", () => {
  expect(erlangB(10, 10)).toBeCloseTo(0.2146, 4);
  expect(erlangB(20, 30)).toBeCloseTo(0.0085, 4);
});
