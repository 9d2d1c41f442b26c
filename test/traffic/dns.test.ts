/**
 * Goal: clients keep answers as long as they should: as the TTL says, as they themselves think, or for ever. Method:
 * client, resolver and authoritative server in a row; a dumb twin that knows nothing but the answers it was given.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { withAddress } from '../../src/traffic/destination.ts';
import { NameDestination } from '../../src/traffic/dns-destination.ts';
import { DnsWorkload } from '../../src/traffic/dns-queries.ts';
import { NotingLedger } from '../support/ledger.ts';
import { NAME, type Names, type NamesOptions, names } from '../support/names.ts';

const MS = MILLISECOND_NS;
const S = SECOND_NS;

/** The value changes its address every 100 ms: an address tells when it was answered. */
function ageing(options: NamesOptions): Names {
  const net = names(options);
  const tick = net.engine.register((turn) => {
    net.record.values = [{ name: 'value', address: 1 + turn, weight: 1, isUp: true, isOffered: true }];
    net.engine.schedule(net.engine.nowNs + 100 * MS, tick, turn + 1);
  });
  net.engine.schedule(0, tick, 0);
  return net;
}

const answeredNs = (address: number): number => (address - 1) * 100 * MS;

/** Uses of a name at some instants (ms): when each was, which address it got and when. */
function usesAt(net: Names, keptNs: number, atMs: readonly number[]) {
  const stubs = new Map([[net.client.stack, net.stub]]);
  const destination = new NameDestination(net.engine, net.flow, NAME, keptNs, stubs);
  const uses: { readonly askedNs: number; readonly usedNs: number; readonly address: number }[] = [];
  let elapsedMs = 0;
  for (const gapMs of atMs) {
    elapsedMs += gapMs;
    const askedNs = elapsedMs * MS;
    net.engine.call(askedNs, () =>
      withAddress(destination, net.client.stack, 0, (address) =>
        uses.push({ askedNs, usedNs: net.engine.nowNs, address }),
      ),
    );
  }
  net.run((elapsedMs + 1000) * MS);
  return uses;
}

const gaps = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 1, maxLength: 40 });

describe('a client that honours the TTL', () => {
  test('never uses an answer older than its TTL, and asks for none that is younger', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (atMs, ttlSeconds) => {
        const net = ageing({ ttlSeconds });
        const uses = usesAt(net, 0, atMs);
        expect(uses).toHaveLength(atMs.length);
        for (const { usedNs, address } of uses) {
          // From the instant of the answer: two links back, and the tick in which it was given.
          expect(usedNs - answeredNs(address)).toBeLessThan(ttlSeconds * S + 2 * MS + 100 * MS);
        }
        // The twin: a question is due at the first use at or after the end of the answer before, as the resolver sees it.
        let endsNs = Number.NEGATIVE_INFINITY;
        let due = 0;
        for (const { askedNs } of uses) {
          if (askedNs + MS < endsNs) continue;
          due++;
          endsNs = askedNs + 3 * MS + ttlSeconds * S;
        }
        expect(net.questionsNs).toHaveLength(due);
      }),
      { numRuns: 60 },
    );
  });

  test('uses an answer up to the last nanosecond of its TTL, and not at the end', () => {
    const net = names({ ttlSeconds: 60 });
    net.lookUp();
    net.run(60 * S + 4 * MS - 1);
    expect(net.stub.cached(NAME)).toMatchObject({ address: 100, expiresNs: 60 * S + 4 * MS });
    net.run(60 * S + 4 * MS);
    expect(net.stub.cached(NAME)).toBeNull();
  });

  test('shares its answer with all flows of its host; those that ask before it comes ask for themselves', () => {
    const net = names();
    const notes = [net.lookUp(), net.lookUp()];
    net.run(S);
    expect(notes.map(({ answer, atNs }) => [answer?.addresses, atNs])).toEqual([
      [[100], 4 * MS],
      [[100], 4 * MS],
    ]);
    expect(net.questionsNs).toHaveLength(1);
  });
});

test('a client that ignores the TTL uses an answer exactly as long as it likes, whatever the TTL', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 60 }), (atMs, keptSeconds) => {
      const keptNs = keptSeconds * S;
      const net = ageing({ ttlSeconds: 1 });
      const uses = usesAt(net, keptNs, atMs);
      // The twin: the first use of an answer starts the time for which it is kept.
      let kept = { address: NONE as number, untilNs: Number.NEGATIVE_INFINITY };
      for (const { askedNs, usedNs, address } of uses) {
        if (askedNs < kept.untilNs) expect(address).toBe(kept.address);
        else if (usedNs >= kept.untilNs) {
          // An answer that is taken anew is no older than its TTL of 1 s.
          expect(usedNs - answeredNs(address)).toBeLessThan(S + 2 * MS + 100 * MS);
          kept = { address, untilNs: usedNs + keptNs };
        }
      }
    }),
    { numRuns: 60 },
  );
});

describe('a client that pins its answer', () => {
  test('never asks again', () => {
    const net = ageing({ ttlSeconds: 1 });
    const uses = usesAt(
      net,
      Number.POSITIVE_INFINITY,
      Array.from({ length: 50 }, () => 7_000),
    );
    expect(new Set(uses.map(({ address }) => address)).size).toBe(1);
    expect(net.questionsNs).toHaveLength(1);
  });

  test('asks again after its machine lost its power', () => {
    const net = ageing({ ttlSeconds: 1 });
    net.engine.call(20 * S, () => net.setPower(net.ids.client, false, 0));
    net.engine.call(21 * S, () => net.setPower(net.ids.client, true, 1));
    const uses = usesAt(net, Number.POSITIVE_INFINITY, [10_000, 5_000, 10_000, 5_000]);
    const addresses = uses.map(({ address }) => address);
    expect(addresses[0]).toBe(addresses[1]);
    expect(addresses[2]).not.toBe(addresses[1]);
    expect(addresses[3]).toBe(addresses[2]);
  });
});

describe('a stub resolver', () => {
  test('asks a silent resolver twice, 5 s apart, and gives up after 10 s', () => {
    const net = names();
    net.setPower(net.ids.resolver, false);
    const note = net.lookUp();
    net.run(20 * S);
    expect(note).toEqual({ answer: null, atNs: 10 * S });
    expect(net.network.describePackets().droppedByReason).toEqual({ 'device-down': 2 });
  });

  test('is answered at the second attempt if the resolver is back by then', () => {
    const net = names();
    net.setPower(net.ids.resolver, false);
    const note = net.lookUp();
    net.run(S);
    net.setPower(net.ids.resolver, true);
    net.run(20 * S);
    expect(note).toMatchObject({ answer: { addresses: [100] }, atNs: 5 * S + 4 * MS });
  });

  test('ends a lookup without an address when it is told SERVFAIL', () => {
    const net = names();
    net.setPower(net.ids.authority, false);
    const uses = usesAt(net, 0, [0, 6_000]);
    expect(uses.map(({ address, usedNs }) => [address, usedNs])).toEqual([[NONE, 4 * S + 2 * MS]]);
  });

  test('has nobody left to tell when its host lost its power meanwhile', () => {
    const net = names();
    const note = net.lookUp();
    net.run(2 * MS);
    net.setPower(net.ids.client, false);
    net.setPower(net.ids.client, true);
    net.run(20 * S);
    expect(note.answer).toBeUndefined();
    expect(net.stub.cached(NAME)).toBeNull();
  });
});

describe('queries at a rate', () => {
  function queried(prepare: (net: Names) => void): NotingLedger {
    const net = names();
    const ledger = new NotingLedger(() => net.engine.nowNs);
    prepare(net);
    new DnsWorkload(
      {
        engine: net.engine,
        ledger,
        streams: new RandomStreams('queries', 0),
        flow: net.flow,
        name: 'test',
        senders: [net.client.stack],
        destination: { known: () => NONE, resolve: () => {} },
        port: 0,
        timeoutNs: 10 * S,
        ratePerSecond: 10,
        arrivals: 'constant',
        sizeBytes: 0,
      },
      NAME,
      new Map([[net.client.stack, net.stub]]),
    ).start(10 * S);
    net.run(30 * S);
    return ledger;
  }

  test('are each asked of the resolver, whatever the host knows', () => {
    const { outcomes, units } = queried(() => {});
    expect(outcomes).toEqual({ delivered: 100 });
    const latencies = units.map(({ offeredNs, deliveredNs }) => (deliveredNs as number) - offeredNs);
    expect(latencies).toEqual([4 * MS, ...Array.from({ length: 99 }, () => 2 * MS)]);
  });

  test('fail as name errors when the resolver finds nothing out, and by time-out when it is silent', () => {
    expect(queried((net) => net.setPower(net.ids.authority, false)).outcomes).toEqual({ 'name-error': 100 });
    expect(queried((net) => net.setPower(net.ids.resolver, false)).outcomes).toEqual({
      'response-timeout': 100,
    });
  });
});
