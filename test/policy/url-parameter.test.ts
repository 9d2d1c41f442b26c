/** Goal: what a query says is read as written. Method: paths beside what they hold. */
import { expect, test } from 'vitest';
import { textHash, urlParameter, withoutQuery } from '../../src/policy/url-parameter.ts';

test.each([
  ['/cart?user=7', 'user', '7'],
  ['/cart?a=1&user=7&b=2', 'user', '7'],
  ['/cart?user=', 'user', ''],
  ['/cart?users=7', 'user', null],
  ['/cart', 'user', null],
  ['/user=7', 'user', null],
])('%s has %s as %s', (path, name, value) => {
  expect(urlParameter(path, name)).toBe(value);
  expect(withoutQuery(path)).toBe(path.split('?')[0]);
});

test('a hash is 32 bits and tells texts apart', () => {
  expect(textHash('')).toBe(0x811c9dc5);
  const hashes = new Set(Array.from({ length: 1000 }, (_, i) => textHash(`user-${i}`)));
  expect(hashes.size).toBe(1000);
  for (const hash of hashes) expect(hash >= 0 && hash < 2 ** 32).toBe(true);
});
