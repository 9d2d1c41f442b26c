/** The report of one run, as people read it: a whole sample, then what a sample cannot show. */
import { describe, expect, test } from 'vitest';
import { countAssumed, formatReport, formatSpeed } from '../../src/report/text.ts';
import { flowResult, runResult, SECOND } from '../support/measure-result.ts';
import { SAMPLE, SAMPLE_SCENARIO } from '../support/measure-sample.ts';

const ESCAPE = String.fromCharCode(27);

test('reads as the sample does', async () => {
  await expect(formatReport(SAMPLE, SAMPLE_SCENARIO)).toMatchFileSnapshot('../golden/report-sample.txt');
});

test('is at most 110 columns wide and has no trailing blanks', () => {
  const lines = formatReport(SAMPLE, SAMPLE_SCENARIO).split('\n');
  expect(lines.length).toBeGreaterThan(30);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(110);
    expect(line).toBe(line.trimEnd());
  }
});

describe('colours', () => {
  test('are off unless asked for', () => {
    expect(formatReport(SAMPLE, SAMPLE_SCENARIO)).not.toContain(ESCAPE);
    expect(formatReport(SAMPLE, SAMPLE_SCENARIO, { colour: true })).toContain(`${ESCAPE}[31mFAIL`);
  });

  test('change nothing but colours', () => {
    const codes = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');
    const plain = formatReport(SAMPLE, SAMPLE_SCENARIO, { colour: true })
      .replace(codes, '')
      .replace(/ +$/gm, '');
    expect(plain).toBe(formatReport(SAMPLE, SAMPLE_SCENARIO));
  });
});

test('does not depend on the wall clock', () => {
  expect(formatReport({ ...SAMPLE, wallMs: 99_999 }, SAMPLE_SCENARIO)).toBe(
    formatReport(SAMPLE, SAMPLE_SCENARIO),
  );
});

test('says when a run was interrupted', () => {
  const report = formatReport({ ...SAMPLE, complete: false, simulatedNs: 42 * SECOND }, SAMPLE_SCENARIO);
  expect(report).toContain('interrupted at 42s of 2m');
});

test('leaves out what there is nothing to say about', () => {
  const nothing = runResult({
    flows: {},
    events: {},
    packets: { ...SAMPLE.packets, dropped: 0, droppedByReason: {} },
  });
  const report = formatReport(nothing, SAMPLE_SCENARIO);
  for (const title of ['Events', 'Flows', 'Losses', 'Packets dropped', 'Expectations', 'Warnings']) {
    expect(report).not.toContain(title);
  }
  expect(report).toContain('DONE: nothing was expected; rests on 0 assumed parameters');
});

test('shows losses that go on as such, and nothing as nothing', () => {
  const dies = { ...Object.values(SAMPLE.events)[0], healedAfterNs: null } as (typeof SAMPLE.events)[string];
  const silent = flowResult({ sent: 0, delivered: 0, latencyNs: null, goodputBps: null });
  const report = formatReport({ ...SAMPLE, flows: { silent }, events: { dies } }, SAMPLE_SCENARIO);
  expect(report).toContain('still losing');
  expect(report).toMatch(/silent +0 +0 +0 +- +- +-/);
});

test('the speed is told apart from the report', () => {
  expect(formatSpeed({ ...SAMPLE, eventsProcessed: 1_500_000, wallMs: 1500 })).toBe(
    '1,500,000 events in 1.5s: 1,000,000 events/s, 80 times real time',
  );
});

test('parameters count as assumed unless they are documented', () => {
  expect(countAssumed(SAMPLE)).toBe(2);
});
