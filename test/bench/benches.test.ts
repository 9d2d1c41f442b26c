/**
 * Goal: benches do not rot, and their rows mean what they say. Method: run every bench in its tiny size, twice, with no
 * alternative installed; nothing here looks at how fast it was.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { benches } from '../../bench/benches.ts';
import { NO_PACKAGES } from '../../bench/packages.ts';
import { formatTable, meaningOf } from '../../bench/report.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write');
  vi.spyOn(process.stderr, 'write');
  for (const method of ['log', 'error', 'warn'] as const) vi.spyOn(console, method);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Every bench', () => {
  test('has a name of its own, and a line that says what it means', () => {
    expect(new Set(benches.map(({ name }) => name)).size).toBe(benches.length);
    expect(benches.filter(({ name }) => meaningOf(name) === undefined)).toEqual([]);
  });

  test.each(benches.map((bench) => [bench.name, bench] as const))(
    '%s runs tiny without anything installed, silently, to the same hash every time',
    (name, bench) => {
      const [row, again] = [bench.run('tiny', NO_PACKAGES), bench.run('tiny', NO_PACKAGES)];
      expect(again.hash).toBe(row.hash);
      expect(row.hash).not.toBe('');
      expect(row.name).toBe(name);
      expect(row.target === null || row.target > 0).toBe(true);
      for (const figure of [row.ours, ...Object.values(row.alternatives)]) {
        expect(Number.isFinite(figure)).toBe(true);
      }
      expect(row.ratio === null).toBe(row.spread === null);
      expect(row.ratio === null || !Number.isNaN(row.ratio)).toBe(true);
      expect(formatTable([row])).toContain(name);
      for (const write of [process.stdout.write, process.stderr.write, console.log, console.error]) {
        expect(write).not.toHaveBeenCalled();
      }
    },
  );
});
