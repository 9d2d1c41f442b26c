/** Goal: messages come out once, in order, whatever order segments come in. Method: random segmentations, shuffled. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reassembly } from '../../src/protocols/reassembly.ts';
import type { StreamMessage } from '../../src/protocols/tcp-segment.ts';

interface Piece {
  readonly from: number;
  readonly end: number;
  readonly hasFin: boolean;
  readonly messages: StreamMessage[];
}

/** Cuts a stream of messages of these sizes into segments; offsets start at 1. */
function cut(sizes: readonly number[], segmentBytes: number): Piece[] {
  const messages: StreamMessage[] = [];
  let end = 1;
  for (const size of sizes) {
    end += size;
    messages.push({ end, message: messages.length });
  }
  const pieces: Piece[] = [];
  for (let from = 1; from < end; from += segmentBytes) {
    const to = Math.min(end, from + segmentBytes);
    const inside = messages.filter((entry) => entry.end > from && entry.end <= to);
    pieces.push({ from, end: to, hasFin: to === end, messages: inside });
  }
  return pieces;
}

test('any order and any repetition of segments gives each message once, in order, and the end once', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 12 });
  const segmentBytes = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(
      sizes,
      segmentBytes,
      fc.integer({ min: 1, max: 200 }),
      fc.infiniteStream(fc.nat()),
      (list, cut1, cut2, draws) => {
        // Retransmissions may be cut differently.
        const pool = [...cut(list, cut1), ...cut(list, cut2), ...cut(list, cut1)];
        const received = new Reassembly();
        received.start(1);
        const heard: unknown[] = [];
        let ends = 0;
        let wentBack = false;
        while (pool.length > 0) {
          const [piece] = pool.splice((draws.next().value as number) % pool.length, 1) as [Piece];
          const before = received.next;
          received.add(piece.from, piece.end, piece.hasFin, piece.messages);
          if (received.takeFin()) ends++;
          wentBack ||= received.next < before;
          for (let m = received.takeMessage(); m !== null; m = received.takeMessage()) heard.push(m.message);
        }
        expect(heard).toEqual(list.map((_, i) => i));
        expect([ends, wentBack]).toEqual([1, false]);
        expect(received.next).toBe(1 + list.reduce((sum, size) => sum + size, 0) + 1);
      },
    ),
    { seed: 9, numRuns: 100 },
  );
});

test('a message waits for bytes before it that are missing', () => {
  const received = new Reassembly();
  received.start(1);
  received.add(101, 201, false, [{ end: 201, message: 'second' }]);
  expect(received.takeMessage()).toBeNull();
  expect(received.next).toBe(1);
  received.add(1, 101, false, [{ end: 101, message: 'first' }]);
  expect(received.takeMessage()?.message).toBe('first');
  expect(received.takeMessage()?.message).toBe('second');
  expect(received.next).toBe(201);
});

test('the end is not seen before everything up to it is here', () => {
  const received = new Reassembly();
  received.start(1);
  received.add(101, 201, true, null);
  expect(received.takeFin()).toBe(false);
  received.add(1, 101, false, null);
  expect(received.takeFin()).toBe(true);
  expect(received.takeFin()).toBe(false);
});
