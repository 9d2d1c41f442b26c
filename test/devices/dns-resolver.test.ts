/**
 * Goal: a resolver answers from its cache exactly as long as the TTL says, asks once for all who wait, and says so when
 * it cannot find out. Method: client, resolver and authoritative server in a row, 1 ms a link: an answer from the cache
 * takes 2 ms, one that has to be fetched 4.
 */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { SERVER_FAILURE } from '../../src/protocols/dns-message.ts';
import { names } from '../support/names.ts';

const MS = MILLISECOND_NS;
const S = SECOND_NS;

test('fetches an answer once and then has it, with what is left of its TTL in whole seconds', () => {
  const net = names({ ttlSeconds: 60 });
  const first = net.query();
  net.run(10 * S);
  const later = net.query();
  net.run(20 * S);
  expect(first).toMatchObject({ atNs: 4 * MS, answer: { ttlSeconds: 60, addresses: [100] } });
  expect(later).toMatchObject({ atNs: 10 * S + 2 * MS, answer: { ttlSeconds: 50 } });
  expect(net.questionsNs).toEqual([2 * MS]);
});

test('has forgotten an answer at the instant its TTL ends, not before', () => {
  // The answer reaches the resolver at 3 ms, so it ends at 60 s and 3 ms; a question takes 1 ms to the resolver.
  const net = names({ ttlSeconds: 60 });
  net.query();
  net.run(60 * S + 2 * MS - 1);
  const last = net.query();
  net.run(60 * S + 2 * MS);
  const first = net.query();
  net.run(70 * S);
  expect(last).toMatchObject({ atNs: 60 * S + 4 * MS - 1, answer: { ttlSeconds: 0 } });
  expect(first).toMatchObject({ atNs: 60 * S + 6 * MS, answer: { ttlSeconds: 60 } });
  expect(net.questionsNs).toHaveLength(2);
});

test.each([
  ['no shorter than its minimum', { minTtlSeconds: 30 }, 5, 30],
  ['no longer than its maximum', { maxTtlSeconds: 20 }, 60, 20],
])('keeps answers %s', (_, resolver, ttlSeconds, expected) => {
  const net = names({ ttlSeconds, resolver });
  const first = net.query();
  net.run(expected * S);
  net.query();
  expect(first.answer?.ttlSeconds).toBe(expected);
  net.run((expected + 1) * S);
  expect(net.questionsNs).toHaveLength(1);
  net.query();
  net.run((expected + 2) * S);
  expect(net.questionsNs).toHaveLength(2);
});

test('keeps nothing whose TTL is 0', () => {
  const net = names({ ttlSeconds: 0 });
  net.query();
  net.run(S);
  net.query();
  net.run(2 * S);
  expect(net.questionsNs).toHaveLength(2);
});

test('asks once for all who wait, and answers each with the number of its question', () => {
  const net = names();
  const notes = [net.query(), net.query(), net.query()];
  net.run(S);
  expect(net.questionsNs).toHaveLength(1);
  expect(notes.map(({ answer }) => answer?.id)).toEqual([0, 1, 2]);
});

test('turns the addresses round by one at every answer from the cache', () => {
  const net = names();
  net.record.policy = 'all';
  net.record.values = [100, 101, 102].map((address) => ({
    name: `${address}`,
    address,
    weight: 1,
    isUp: true,
    isOffered: true,
  }));
  const firsts: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    const note = net.query();
    net.run((i + 1) * S);
    firsts.push(note.answer?.addresses[0]);
  }
  expect(firsts).toEqual([100, 101, 102, 100]);
});

describe('with a dead authoritative server', () => {
  test('asks twice, 2 s apart, then answers SERVFAIL, and keeps no failure', () => {
    const net = names();
    net.setPower(net.ids.authority, false);
    const failed = net.query();
    net.run(5 * S);
    net.setPower(net.ids.authority, true);
    const found = net.query();
    net.run(6 * S);
    expect(failed).toMatchObject({ atNs: 4 * S + 2 * MS, answer: { rcode: SERVER_FAILURE, addresses: [] } });
    expect(found.answer?.addresses).toEqual([100]);
    expect(net.network.describePackets().droppedByReason).toEqual({ 'device-down': 2 });
  });

  test('still answers what it has', () => {
    const net = names();
    net.query();
    net.run(S);
    net.setPower(net.ids.authority, false);
    const note = net.query();
    net.run(2 * S);
    expect(note.answer?.addresses).toEqual([100]);
  });

  test('lets everybody who waited fail for the event that killed the server', () => {
    const net = names();
    const blamed: (readonly [number, number])[] = [];
    net.network.addObserver({
      onImpair: (packet, event) => blamed.push([net.network.packets.unit[packet] as number, event]),
    });
    net.setPower(net.ids.authority, false, 3);
    for (const unit of [10, 11]) net.stub.query('www.example', net.billing(unit), () => {});
    net.run(5 * S);
    expect(blamed).toEqual([
      [10, 3],
      [11, 3],
    ]);
  });
});

test('has an empty cache after it lost its power', () => {
  const net = names();
  net.query();
  net.run(S);
  net.setPower(net.ids.resolver, false);
  net.setPower(net.ids.resolver, true);
  const note = net.query();
  net.run(2 * S);
  expect(note.answer?.ttlSeconds).toBe(60);
  expect(net.questionsNs).toHaveLength(2);
});
