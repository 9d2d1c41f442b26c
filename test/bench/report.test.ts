/** Goal: figures reach README and JSON as measured. Method: one made-up row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { limitRow } from '../../bench/harness.ts';
import { formatJson, withFigures } from '../../bench/report.ts';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const measured = limitRow({ name: 'memory/device', unit: 'bytes', measured: 2000, limit: 4096, hash: 'h' });

describe('The figures', () => {
  test('go between the markers of the README and leave the rest as it is', () => {
    const once = withFigures(README, [measured], 'npm run bench');
    expect(once).toContain('| memory/device | 2000 bytes | limit 4096 | 2.05 | 2.05..2.05 | 1 |');
    expect(once).toContain('- `memory/device`: what an idle instance');
    const outside = (text: string) =>
      text.split(/<!-- (?:benches|end of benches).*-->/).filter((_, i) => i !== 1);
    expect(outside(once)).toEqual(outside(README));
    expect(withFigures(once, [measured], 'npm run bench')).toBe(once);
  });

  test('are refused by a document without markers', () => {
    expect(() => withFigures('nothing', [measured], 'npm run bench')).toThrow('lacks');
  });

  test('are JSON with the machine they were measured on', () => {
    const report = JSON.parse(formatJson([measured]));
    expect(Object.keys(report)).toEqual(['node', 'cpu', 'date', 'rows']);
    expect(report.rows).toEqual([{ ...measured }]);
  });
});
