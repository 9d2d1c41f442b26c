/**
 * Goal: nothing stalls and nothing stays behind. Method: counters of work done by single operations while a table grows, and
 * 300,000 connections through a table that holds a few thousand at once.
 */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { NatTable } from '../../src/conntrack/nat-table.ts';
import { ORIGINAL, REPLY, refOf, type SessionId, SessionTable } from '../../src/conntrack/session-table.ts';
import { ACK, FIN, SYN, TCP } from '../../src/conntrack/tcp-states.ts';
import { STEP } from '../../src/conntrack/tuple-index.ts';
import { TIMEOUTS, UDP } from './session-suite.ts';

const CLIENT = 0x0a000000;
const WEB = 0xcb007109;
const EIP = 0xc6336401;
const NANOSECONDS = { halfOpenNs: 3e10, establishedNs: 9e11, closedNs: 5e9, udpNs: 6e10, icmpNs: 3e10 };

test('no operation moves more than its bound while a table grows to 100,000 sessions', () => {
  const table = new SessionTable(TIMEOUTS);
  let mostMoved = 0;
  let mostPlaced = 0;
  for (let i = 0; i < 100_000; i++) {
    const { movedSlots } = table.index;
    const { placements } = table.wheel;
    table.open(UDP, CLIENT + i, 5000, WEB, 53, WEB, 53, EIP, 1025 + (i % 64_000), 0, 0);
    mostMoved = Math.max(mostMoved, table.index.movedSlots - movedSlots);
    mostPlaced = Math.max(mostPlaced, table.wheel.placements - placements);
  }
  // One session has two entries.
  expect(mostMoved).toBe(2 * STEP);
  expect(mostPlaced).toBe(1);
});

test('when all are due at once, opening one closes a few, and a drain the rest', () => {
  const table = new SessionTable(TIMEOUTS);
  const open = (i: number, nowNs: number) =>
    table.open(UDP, CLIENT + i, 5000, WEB, 53, WEB, 53, CLIENT + i, 5000, 0, nowNs);
  for (let i = 0; i < 10_000; i++) open(i, 0);
  let least = table.size;
  let most = 0;
  for (let i = 10_000; i < 11_000; i++) {
    const before = table.size;
    open(i, 60);
    most = Math.max(most, before + 1 - table.size);
    least = Math.min(least, table.size);
  }
  expect(most).toBe(2);
  expect(least).toBeLessThan(9_100);
  table.drain(60);
  expect(table.size).toBe(1_000);
});

test('a touch moves nothing; a session that packets keep alive is placed again about once a time-out', () => {
  const table = new SessionTable(NANOSECONDS);
  const session = table.open(TCP, CLIENT, 5000, WEB, 80, WEB, 80, CLIENT, 5000, SYN, 0);
  table.touch(refOf(session, REPLY), SYN | ACK, 1);
  const placed = table.wheel.placements;
  for (let second = 0; second < 3_600; second++) {
    const before = table.wheel.placements;
    table.touch(refOf(session, second & 1), ACK, second * 1e9);
    expect(table.wheel.placements).toBe(before);
    table.drain(second * 1e9);
  }
  expect(table.size).toBe(1);
  // An hour has four time-outs of 900 s, the first of 30 s came before; each costs a few levels of the wheel.
  expect(table.wheel.placements - placed).toBeLessThan(25);
  table.drain(3_599e9 + 9e11 - 1);
  expect(table.size).toBe(1);
  table.drain(3_599e9 + 9e11);
  expect(table.size).toBe(0);
});

test('a closing connection is due by the nearer deadline among thousands that stay', () => {
  const table = new SessionTable(NANOSECONDS);
  const sessions: SessionId[] = [];
  for (let i = 0; i < 5_000; i++) {
    sessions.push(table.open(TCP, CLIENT + i, 5000, WEB, 80, WEB, 80, CLIENT + i, 5000, ACK, i));
  }
  sessions.forEach((session, i) => {
    if (i % 5 > 0) return;
    table.touch(refOf(session, ORIGINAL), FIN | ACK, 1e9 + i);
    table.touch(refOf(session, REPLY), FIN | ACK, 1e9 + i);
  });
  table.drain(6e9 + 2_500 - 1);
  expect(table.size).toBe(4_500);
  table.drain(6e9 + 2_500);
  expect(table.size).toBe(4_499);
  table.drain(6e9 + 5_000);
  expect(table.size).toBe(4_000);
});

describe('300,000 connections that come and go', () => {
  test('leave nothing behind', () => {
    const ports = { first: 1025, last: 65_535, perDestination: 55_000 };
    let closed = 0;
    const nat = new NatTable(NANOSECONDS, ports, () => closed++);
    const COUNT = 300_000;
    let memoryBytes = 0;
    for (let i = 0; i < COUNT; i++) {
      const nowNs = i * 1e7;
      const protocol = i % 3 === 0 ? TCP : UDP;
      const session = nat.bindSource(
        protocol,
        CLIENT + (i & 1023),
        1025 + (i % 60_000),
        WEB + (i & 7),
        53,
        [EIP],
        0,
        true,
        SYN,
        nowNs,
      );
      if (session === NONE) throw new Error(`connection ${i} found no port`);
      if (i % 6 === 0) nat.sessions.close(session);
      if (i === COUNT / 5) memoryBytes = nat.memoryBytes();
    }
    expect(nat.sessions.size).toBeLessThan(7_000);
    expect(nat.memoryBytes()).toBe(memoryBytes);
    nat.sessions.drain(COUNT * 1e7 + 6e10);
    expect([nat.sessions.size, nat.sessions.index.count, closed]).toEqual([0, 0, COUNT]);
    for (let i = 0; i < 8; i++) expect(nat.portsInUse(EIP, UDP, WEB + i, 53, COUNT * 1e7 + 6e10)).toBe(0);
  });
});

test('an empty table is small, one with a few sessions is too', () => {
  const tables = Array.from({ length: 50 }, () => new SessionTable(TIMEOUTS));
  for (const table of tables) expect(table.memoryBytes()).toBeLessThan(200);
  const [table] = tables;
  table.open(UDP, CLIENT, 5000, WEB, 53, WEB, 53, CLIENT, 5000, 0, 0);
  expect(table.memoryBytes()).toBeLessThan(2_500);
});

test('10,000 sessions take less than 128 bytes each, translated ones too', () => {
  for (const shift of [0, 1]) {
    const table = new SessionTable(TIMEOUTS);
    for (let i = 0; i < 10_000; i++) {
      table.open(UDP, CLIENT + i, 5000, WEB, 53, WEB, 53, CLIENT + i, 5000 + shift, 0, 0);
    }
    expect(table.memoryBytes() / 10_000).toBeLessThan(128);
  }
});
