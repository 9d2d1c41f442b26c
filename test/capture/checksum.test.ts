/** Goal: the Internet checksum is that of RFC 1071. Method: its example, a known header, and a sum made another way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addAddress, addBytes, finishChecksum } from '../../src/capture/checksum.ts';
import { foldedSum } from '../support/pcapng.ts';

const sumOf = (bytes: Uint8Array): number => addBytes(0, bytes, 0, bytes.length);

test('the example of RFC 1071 section 3 sums up to ddf2', () => {
  const bytes = new Uint8Array([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
  expect(finishChecksum(sumOf(bytes))).toBe(~0xddf2 & 0xffff);
});

test('an odd last byte counts as the upper half of a word', () => {
  expect(finishChecksum(sumOf(new Uint8Array([0x12, 0x34, 0x56])))).toBe(~(0x1234 + 0x5600) & 0xffff);
});

test('a part of the buffer is summed up without its neighbours', () => {
  const bytes = new Uint8Array([0xff, 0x01, 0x02, 0xff]);
  expect(addBytes(5, bytes, 1, 3)).toBe(5 + 0x0102);
});

test('an address counts as its two halves', () => {
  expect(addAddress(0, 0xc0a80001)).toBe(0xc0a8 + 0x0001);
});

test('what carries its checksum sums up to all ones', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 3_000 }), (bytes) => {
      const whole = bytes.slice(0, bytes.length & ~1);
      whole.set([0, 0]);
      const checksum = finishChecksum(sumOf(whole));
      whole.set([checksum >> 8, checksum & 0xff]);
      expect(foldedSum(whole)).toBe(0xffff);
    }),
    { seed: 41, numRuns: 200 },
  );
});
