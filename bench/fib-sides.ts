/**
 * The contestants of the FIB benches: ours, arkime-iptrie (a native radix trie, the one npm package that does
 * longest-prefix match with next hops and removal), a linear scan, and ours without its classes, as a plain loop over
 * the array, which says how much of a lookup is the memory's time.
 *
 * The loops are written out for each, since a call site that has seen several kinds is slower for all of them. arkime
 * takes addresses as text, and gets them made beforehand. ip-set and the like know sets of addresses only, not
 * which prefix is the longest.
 */
import { lookupBitmaps } from '../src/routing/bitmap-table.ts';
import { compileFib, type Fib, type NextHop, NO_NEXT_HOP, type Route } from '../src/routing/fib.ts';
import { leafNextHop } from '../src/routing/leaf.ts';
import { PlainFib } from '../test/support/plain-fib.ts';
import type { Side } from './harness.ts';
import type { Packages } from './packages.ts';

/** Of so many lookups all sides must answer the same. */
const COMPARED = 16;
/** The trie is that much slower. */
const TRIE_PARTS = 16;

interface Trie {
  add(address: string, length: number, value: number): void;
  del(address: string, length: number): boolean;
  find(address: string): number | null;
}
interface TrieModule {
  readonly IPTrie: new () => Trie;
}

/** A table of each kind with the same routes; arkime's is null when it is not installed. */
export class Tables {
  readonly routes: readonly Route[];
  readonly fib: Fib;
  private readonly module: TrieModule | null;
  private trieMade: Trie | null = null;

  constructor(routes: readonly Route[], packages: Packages) {
    this.routes = routes;
    this.fib = compileFib(routes);
    this.module = packages.load<TrieModule>('arkime-iptrie');
  }

  get trie(): Trie | null {
    if (this.module !== null && this.trieMade === null) this.trieMade = buildTrie(this.module, this.routes);
    return this.trieMade;
  }

  /** Microseconds to build a table, by `repeat` of them. */
  buildSides(repeat: number): { ours: Side; alternatives: Record<string, Side> } {
    const { routes, module } = this;
    const hash = () => hashOf(routes, (address) => this.fib.lookup(address));
    const side = (build: () => unknown): Side => ({ run: () => timeUs(build, repeat), hash });
    const alternatives: Record<string, Side> = { 'linear scan': side(() => buildPlain(routes)) };
    if (module !== null) alternatives['arkime-iptrie'] = side(() => buildTrie(module, routes));
    return { ours: side(() => compileFib(routes)), alternatives };
  }

  /** Lookups of `addresses`; the trie takes a part of them a round, the linear scan `scanned`. */
  lookupSides(addresses: Uint32Array, scanned: number): { ours: Side; alternatives: Record<string, Side> } {
    const { fib, trie, routes } = this;
    const sideOf = (count: number, run: () => number, lookup: (address: number) => number): Side => ({
      run: () => {
        run();
        return count;
      },
      hash: () => {
        let hash = 0;
        for (let i = 0; i < COMPARED; i++) hash = (Math.imul(hash, 31) + lookup(addresses[i])) | 0;
        return (hash >>> 0).toString(16);
      },
    });
    const plain = buildPlain(routes);
    const few = addresses.subarray(0, scanned);
    const alternatives: Record<string, Side> = {
      'linear scan': sideOf(
        scanned,
        () => scanAll(plain, few),
        (address) => plain.lookup(address),
      ),
    };
    if (trie !== null) {
      const texts = Array.from(addresses, dotted);
      const find = (address: number) => trie.find(dotted(address)) ?? NO_NEXT_HOP;
      const part = texts.length / TRIE_PARTS;
      let round = 0;
      // Each time other addresses, for of the same few its cache would know the way.
      const run = () => findAll(trie, texts, (round++ % TRIE_PARTS) * part, part);
      alternatives['arkime-iptrie'] = sideOf(part, run, find);
    }
    const { words } = fib as unknown as { words: Int32Array | null };
    if (words !== null)
      alternatives['bare loop'] = sideOf(
        addresses.length,
        () => bareAll(words, addresses),
        (address) => leafNextHop(lookupBitmaps(words, address)),
      );
    const ours = sideOf(
      addresses.length,
      () => lookupAll(fib, addresses),
      (address) => fib.lookup(address),
    );
    return { ours, alternatives };
  }

  /** Withdrawing and adding back; two updates a route. */
  churnSides(sample: readonly Route[]): { ours: Side; alternatives: Record<string, Side> } {
    const { fib, trie } = this;
    const hash = () => hashOf(sample, (address) => fib.lookup(address));
    const ours = {
      run: () => {
        for (const { cidr, nextHop } of sample) {
          fib.withdraw(cidr);
          fib.set(cidr, nextHop);
        }
        return 2 * sample.length;
      },
      hash,
    };
    if (trie === null) return { ours, alternatives: {} };
    const few = sample.slice(0, Math.ceil(sample.length / 8));
    const texts = few.map(({ cidr }) => dotted(cidr.base));
    const run = () => {
      few.forEach(({ cidr, nextHop }, i) => {
        trie.del(texts[i], cidr.length);
        trie.add(texts[i], cidr.length, nextHop);
      });
      return 2 * few.length;
    };
    return { ours, alternatives: { 'arkime-iptrie': { run, hash } } };
  }
}

export function hashOf(routes: readonly Route[], lookup: (address: number) => NextHop): string {
  let hash = routes.length;
  for (let i = 0; i < Math.min(COMPARED, routes.length); i++)
    hash = (Math.imul(hash, 31) + lookup(routes[i].cidr.base)) | 0;
  return (hash >>> 0).toString(16);
}

function timeUs(build: () => unknown, repeat: number): number {
  const startedAtMs = performance.now();
  for (let i = 0; i < repeat; i++) build();
  return ((performance.now() - startedAtMs) * 1000) / repeat;
}

function buildPlain(routes: readonly Route[]): PlainFib {
  return new PlainFib(routes);
}

function buildTrie(module: TrieModule, routes: readonly Route[]): Trie {
  const trie = new module.IPTrie();
  for (const { cidr, nextHop } of routes) trie.add(dotted(cidr.base), cidr.length, nextHop);
  return trie;
}

/** Quicker than the strict one, for it is part of building a trie. */
function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function lookupAll(fib: Fib, addresses: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < addresses.length; i++) sum = (sum + fib.lookup(addresses[i])) | 0;
  return sum;
}

function bareAll(words: Int32Array, addresses: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < addresses.length; i++)
    sum = (sum + leafNextHop(lookupBitmaps(words, addresses[i]))) | 0;
  return sum;
}

function findAll(trie: Trie, texts: readonly string[], first: number, count: number): number {
  let sum = 0;
  for (let i = first; i < first + count; i++) sum = (sum + (trie.find(texts[i]) ?? NO_NEXT_HOP)) | 0;
  return sum;
}

function scanAll(plain: PlainFib, addresses: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < addresses.length; i++) sum = (sum + plain.lookup(addresses[i])) | 0;
  return sum;
}
