/** Goal: nothing of a long cell is cut off. Method: an option of an event that is longer than its column. */
import { expect, test } from 'vitest';
import { buildPaint, formatTable } from '../../src/report/table.ts';

test('a long option of an event continues on the next line', () => {
  const what = 'add v/c destination_cidrblock=198.18.0.0/16 nexthop_type=Instance';
  const text = formatTable([{ title: 'what', maxWidth: 32 }], [[what]], buildPaint({}));
  expect(text).not.toContain('…');
  expect(text.replace(/\s+/g, '')).toBe(`what${what.replaceAll(' ', '')}`);
});
