/**
 * What a packet allocates on its way in steady state, in bytes a hop: nothing, once its code is optimised. What the
 * collector leaves between two rounds is measured; a round in which it ran tells nothing and is not counted.
 */
import { getHeapStatistics } from 'node:v8';
import { type Bench, type BenchSize, bySize, limitRow, type Side } from './harness.ts';
import { natSide } from './packet-nat.ts';
import { ringSide } from './packet-ring.ts';

const LIMIT_BYTES = 1;
/** Less than this is nothing: the ratio must stay a number. */
const LEAST_BYTES = 0.01;
const MOST_ATTEMPTS = 20;

export const allocationBenches: readonly Bench[] = [
  allocationBench('allocation/routers', ringSide),
  allocationBench('allocation/nat', natSide),
];

function allocationBench(name: string, makeSide: (hops: number) => Side): Bench {
  const run = (size: BenchSize) => {
    const side = makeSide(bySize(size, 1_000, 200_000, 200_000));
    for (let round = 0; round < bySize(size, 2, 8, 20); round++) side.run();
    const measured = Array.from({ length: 5 }, () => Math.max(LEAST_BYTES, bytesPerHop(side)));
    return limitRow({ name, unit: 'bytes/hop', measured, limit: LIMIT_BYTES, hash: side.hash() });
  };
  return { name, isFullOnly: false, run };
}

function bytesPerHop(side: Side): number {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const before = getHeapStatistics().used_heap_size;
    const hops = side.run();
    const bytes = getHeapStatistics().used_heap_size - before;
    if (bytes >= 0) return bytes / hops;
  }
  // The collector never rests: that is an answer too.
  return Number.MAX_VALUE;
}
