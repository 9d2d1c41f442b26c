/** Goal: the scoreboard counts as RFC 6675 defines it. Method: a twin that marks every byte, driven by the same acts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SackScoreboard } from '../../src/protocols/sack-scoreboard.ts';
import { PlainScoreboard } from '../support/plain-scoreboard.ts';

const SEGMENT = 10;

type Act =
  | { readonly kind: 'send' | 'advance' | 'lose' | 'repair' | 'detect'; readonly bytes: number }
  | { readonly kind: 'block'; readonly from: number; readonly bytes: number };

const bytes = fc.integer({ min: 1, max: 35 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('send', 'advance', 'detect', 'repair', 'repair', 'repair'), bytes }),
  fc.record({ kind: fc.constant('block' as const), from: fc.integer({ min: 0, max: 120 }), bytes }),
  fc.record({ kind: fc.constant('block' as const), from: fc.integer({ min: 0, max: 120 }), bytes }),
  fc.record({ kind: fc.constantFrom('lose', 'repair', 'detect'), bytes }),
);

test('it agrees with a mark for every byte on what is under way, what is lost and what is news', () => {
  let repairs = 0;
  let lostRepairs = 0;
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 60, size: 'max' }), (acts) => {
      const board = new SackScoreboard();
      board.una = 1;
      const plain = new PlainScoreboard();
      let next = 100;
      for (const step of acts) {
        if (step.kind === 'send') next += step.bytes;
        else if (step.kind === 'advance') {
          const offset = Math.min(next, board.una + step.bytes);
          expect(board.advance(offset)).toBe(plain.advance(offset));
        } else if (step.kind === 'block') {
          const from = Math.min(board.una + step.from, next);
          const end = Math.min(from + step.bytes, next);
          expect(board.add(from, end)).toBe(plain.add(from, end));
        } else if (step.kind === 'detect') {
          board.detectLoss(3, SEGMENT);
          plain.detectLoss(3, SEGMENT, next);
          const before = board.pipe(next);
          board.detectLostRepairs(2, SEGMENT);
          plain.detectLostRepairs(2, SEGMENT);
          if (board.pipe(next) < before) lostRepairs++;
        } else if (step.kind === 'lose') {
          board.loseAll(next);
          plain.loseAll(next);
        } else {
          for (let i = 0; i < step.bytes % 8; i++) {
            const from = board.nextLost();
            if (from < 0) break;
            const end = Math.min(board.nextSackedFrom(from, from + SEGMENT), board.lostLimit);
            board.repair(from, end, next);
            plain.repair(from, end, next);
            repairs++;
          }
        }
        expect(board.nextLost()).toBe(plain.nextLost());
        expect([board.pipe(next), board.sackedBytes]).toEqual([plain.pipe(next), plain.sackedBytes]);
      }
    }),
    { seed: 21, numRuns: 300 },
  );
  expect(repairs).toBeGreaterThan(100);
  expect(lostRepairs).toBeGreaterThan(20);
});

test('a segment is lost when three ranges, or more than two segments of bytes, have arrived beyond it', () => {
  const board = new SackScoreboard();
  board.una = 1;
  board.add(11, 12);
  board.add(21, 22);
  expect(board.detectLoss(3, SEGMENT)).toBe(false);
  board.add(31, 32);
  expect(board.detectLoss(3, SEGMENT)).toBe(true);
  expect([board.nextLost(), board.lostEnd]).toEqual([1, 11]);
  const other = new SackScoreboard();
  other.una = 1;
  other.add(11, 31);
  expect(other.detectLoss(3, SEGMENT)).toBe(false);
  other.add(31, 32);
  expect(other.detectLoss(3, SEGMENT)).toBe(true);
});
