/**
 * Goal: a binding is one-to-one while it lives, a port comes back when it ends, and "full" is exactly full. Method: one suite
 * over the table and its plain twin, random packets and times to both, and pools filled to the brim.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { type NatPorts, NatTable, NO_PORT } from '../../src/conntrack/nat-table.ts';
import { ORIGINAL, REPLY, refOf, type SessionId, sessionOf } from '../../src/conntrack/session-table.ts';
import { ACK, FIN, ICMP, RST, SYN, TCP } from '../../src/conntrack/tcp-states.ts';
import { PlainNatTable } from '../support/plain-nat.ts';
import { find, reversed, seen, TIMEOUTS, type Tuple, tupleOf, UDP } from './session-suite.ts';

const CLIENT = 0x0a000005;
const WEB = 0xcb007109;
const EIP = 0xc6336401;
const OTHER_EIP = 0xc6336402;
const SERVER = 0xc0a80007;
const PORTS: NatPorts = { first: 1025, last: 65_535, perDestination: 55_000 };

type AnyNat = NatTable | PlainNatTable;

const tables: readonly (readonly [string, (ports: NatPorts) => AnyNat])[] = [
  ['The NAT table', (ports) => new NatTable(TIMEOUTS, ports)],
  ['Its plain twin', (ports) => new PlainNatTable(TIMEOUTS, ports)],
];

interface Bind {
  readonly addresses?: readonly number[];
  readonly first?: number;
  readonly skipsFull?: boolean;
  readonly nowNs?: number;
}

function bindSource(nat: AnyNat, t: Tuple, bind: Bind = {}): SessionId {
  const { addresses = [EIP], first = 0, skipsFull = true, nowNs = 0 } = bind;
  return nat.bindSource(
    t.protocol,
    t.srcAddr,
    t.srcPort,
    t.dstAddr,
    t.dstPort,
    addresses,
    first,
    skipsFull,
    SYN,
    nowNs,
  );
}

const flow = (srcPort: number, more: Partial<Tuple> = {}): Tuple => ({
  protocol: UDP,
  srcAddr: CLIENT,
  srcPort,
  dstAddr: WEB,
  dstPort: 53,
  ...more,
});

/** Public address and port of a session whose source is translated. */
function publicEnd(nat: AnyNat, session: SessionId): readonly [address: number, port: number] {
  const reply = refOf(session, REPLY);
  return [nat.sessions.dstAddr(reply), nat.sessions.dstPort(reply)];
}

/** The header a packet leaves with. */
function translated(nat: AnyNat, session: SessionId, direction: number): Tuple {
  nat.translate(refOf(session, direction));
  const { srcAddr, srcPort, dstAddr, dstPort } = nat;
  return { protocol: nat.sessions.protocol(refOf(session, direction)), srcAddr, srcPort, dstAddr, dstPort };
}

describe.each(tables)('%s', (_, create) => {
  test('keeps the port of the source where it is free, and translates both ways', () => {
    const nat = create(PORTS);
    const session = bindSource(nat, flow(4000));
    expect(publicEnd(nat, session)).toEqual([EIP, 4000]);
    const out = { ...flow(4000), srcAddr: EIP };
    expect(translated(nat, session, ORIGINAL)).toEqual(out);
    expect(find(nat.sessions, reversed(out), 0)).toBe(refOf(session, REPLY));
    expect(translated(nat, session, REPLY)).toEqual(reversed(flow(4000)));
  });

  test('gives a second source of the same port another one, and the same one towards elsewhere', () => {
    const nat = create(PORTS);
    bindSource(nat, flow(4000));
    const other = publicEnd(nat, bindSource(nat, flow(4000, { srcAddr: CLIENT + 1 })));
    expect(other[1]).not.toBe(4000);
    for (const more of [{ dstAddr: WEB + 1 }, { dstPort: 54 }, { protocol: TCP }]) {
      expect(publicEnd(nat, bindSource(nat, flow(4000, { srcAddr: CLIENT + 2, ...more })))).toEqual([
        EIP,
        4000,
      ]);
    }
  });

  test('leaves ports outside the range to others, but keeps any free ICMP identifier', () => {
    const nat = create(PORTS);
    expect(publicEnd(nat, bindSource(nat, flow(1024)))[1]).toBeGreaterThanOrEqual(1025);
    const echo = flow(7, { protocol: ICMP, dstPort: 0 });
    expect(publicEnd(nat, bindSource(nat, echo))).toEqual([EIP, 7]);
    expect(publicEnd(nat, bindSource(nat, { ...echo, srcAddr: CLIENT + 1 }))[1]).not.toBe(7);
    expect(publicEnd(nat, bindSource(nat, { ...echo, srcPort: 0, dstAddr: WEB + 1 }))).toEqual([EIP, 0]);
  });

  test('is full at the limit, towards that destination only; a closed session makes room', () => {
    const nat = create({ first: 1025, last: 1040, perDestination: 3 });
    const sessions = [1, 2, 3].map((port) => bindSource(nat, flow(port)));
    expect(bindSource(nat, flow(4))).toBe(NO_PORT);
    expect(bindSource(nat, flow(4, { dstPort: 54 }))).not.toBe(NO_PORT);
    nat.sessions.close(sessions[1] as SessionId);
    expect(bindSource(nat, flow(4))).not.toBe(NO_PORT);
    expect(nat.portsInUse(EIP, UDP, WEB, 53, 0)).toBe(3);
  });

  test('drains what is due before it says full', () => {
    const nat = create({ first: 1025, last: 1026, perDestination: 2 });
    for (const port of [1, 2]) bindSource(nat, flow(port), { nowNs: port });
    expect(bindSource(nat, flow(3), { nowNs: 60 })).toBe(NO_PORT);
    expect(bindSource(nat, flow(3), { nowNs: 61 })).not.toBe(NO_PORT);
    expect(bindSource(nat, flow(4), { nowNs: 61 })).toBe(NO_PORT);
  });

  test('goes on to the next address when one is full, if it may', () => {
    const nat = create({ first: 1025, last: 1040, perDestination: 2 });
    const addresses = [EIP, OTHER_EIP];
    for (const port of [1, 2]) bindSource(nat, flow(port), { addresses, first: 1 });
    expect(bindSource(nat, flow(3), { addresses, first: 1, skipsFull: false })).toBe(NO_PORT);
    expect(publicEnd(nat, bindSource(nat, flow(3), { addresses, first: 1 }))[0]).toBe(EIP);
    expect(bindSource(nat, flow(4), { addresses, first: 1 })).not.toBe(NO_PORT);
    expect(bindSource(nat, flow(5), { addresses, first: 1 })).toBe(NO_PORT);
    expect([nat.closeOf(EIP), nat.sessions.size]).toEqual([2, 2]);
  });

  test('never gives a held port, keeps what lived before, and gives it again when let go', () => {
    const nat = create({ first: 1025, last: 1028, perDestination: 4 });
    const before = bindSource(nat, flow(1026));
    nat.hold(EIP, UDP, 1025, 1026);
    nat.hold(EIP, UDP, 1026, 1027);
    expect(find(nat.sessions, flow(1026), 0)).toBe(refOf(before, ORIGINAL));
    expect(publicEnd(nat, bindSource(nat, flow(1025)))).toEqual([EIP, 1028]);
    expect(bindSource(nat, flow(1027))).toBe(NO_PORT);
    expect(publicEnd(nat, bindSource(nat, flow(1027, { protocol: TCP })))).toEqual([EIP, 1027]);
    nat.unhold(EIP, UDP, 1026, 1027);
    expect(publicEnd(nat, bindSource(nat, flow(9)))).toEqual([EIP, 1027]);
    nat.sessions.close(before);
    expect(bindSource(nat, flow(10))).toBe(NO_PORT);
    nat.unhold(EIP, UDP, 1025, 1026);
    expect([10, 11, 12].map((port) => bindSource(nat, flow(port)) === NO_PORT)).toEqual([false, false, true]);
  });

  test('sends what comes for a DNAT port to its target, and the answers back from the address they were sent to', () => {
    const nat = create(PORTS);
    const asked = flow(5000, { protocol: TCP, srcAddr: WEB, dstAddr: EIP, dstPort: 80 });
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = asked;
    const bind = (toPort: number, port = dstPort) =>
      nat.bindDestination(protocol, srcAddr, srcPort, dstAddr, port, SERVER, toPort, SYN, 0);
    const session = bind(8080);
    const inside = { ...asked, dstAddr: SERVER, dstPort: 8080 };
    expect(translated(nat, session, ORIGINAL)).toEqual(inside);
    expect(find(nat.sessions, reversed(inside), 0)).toBe(refOf(session, REPLY));
    expect(translated(nat, session, REPLY)).toEqual(reversed(asked));
    expect(bind(8080, 81)).toBe(NO_PORT);
    expect(bind(8081, 81)).not.toBe(NO_PORT);
  });

  test('translates both ends of a hairpin in one session', () => {
    const nat = create(PORTS);
    const asked = flow(4000, { protocol: TCP, dstAddr: EIP, dstPort: 80 });
    const session = nat.bindBoth(TCP, CLIENT, 4000, EIP, 80, SERVER, 8080, [EIP], 0, true, SYN, 0);
    const inside = { ...asked, srcAddr: EIP, dstAddr: SERVER, dstPort: 8080 };
    expect(translated(nat, session, ORIGINAL)).toEqual(inside);
    expect(find(nat.sessions, reversed(inside), 0)).toBe(refOf(session, REPLY));
    expect(translated(nat, session, REPLY)).toEqual(reversed(asked));
    expect([nat.portsInUse(EIP, TCP, SERVER, 8080, 0), nat.portsInUse(EIP, TCP, EIP, 80, 0)]).toEqual([1, 0]);
    nat.clear();
    expect([nat.sessions.size, nat.portsInUse(EIP, TCP, SERVER, 8080, 0)]).toEqual([0, 0]);
  });

  /** As the header of nat-table.ts says that a device does it. */
  function translateError(nat: AnyNat, outerSrc: number, quoted: Tuple) {
    const ref = find(nat.sessions, reversed(quoted), 0);
    if (ref === NONE) return null;
    nat.translate(ref);
    return {
      outerSrc: nat.srcAddr === quoted.dstAddr ? outerSrc : nat.srcAddr,
      outerDst: nat.dstAddr,
      quoted: {
        protocol: quoted.protocol,
        srcAddr: nat.dstAddr,
        srcPort: nat.dstPort,
        dstAddr: nat.srcAddr,
        dstPort: nat.srcPort,
      },
    };
  }

  test('lets an ICMP error through by the header it quotes, from either side and any router', () => {
    const nat = create(PORTS);
    const router = 0x01020304;
    // From outside, about what a translated source sent.
    const sent = translated(nat, bindSource(nat, flow(4000)), ORIGINAL);
    expect(translateError(nat, router, sent)).toEqual({
      outerSrc: router,
      outerDst: CLIENT,
      quoted: flow(4000),
    });
    expect(translateError(nat, router, { ...sent, srcPort: 4001 })).toBeNull();
    // From inside, about what came back to it.
    const answer = reversed(flow(4000));
    expect(translateError(nat, CLIENT, answer)).toEqual({
      outerSrc: EIP,
      outerDst: WEB,
      quoted: reversed(sent),
    });
    // From a DNAT target's side, about what was sent to it.
    const asked = flow(5000, { srcAddr: WEB, dstAddr: EIP, dstPort: 80 });
    const inside = { ...asked, dstAddr: SERVER, dstPort: 8080 };
    nat.bindDestination(UDP, WEB, 5000, EIP, 80, SERVER, 8080, 0, 0);
    expect(translateError(nat, 0x0a0000fe, inside)).toEqual({ outerSrc: EIP, outerDst: WEB, quoted: asked });
    // From outside, about an answer of the DNAT target.
    expect(translateError(nat, router, reversed(asked))).toEqual({
      outerSrc: router,
      outerDst: SERVER,
      quoted: reversed(inside),
    });
  });
});

const SMALL: NatPorts = { first: 1025, last: 1034, perDestination: 7 };
const source = fc.record({
  protocol: fc.constantFrom(TCP, UDP, ICMP),
  srcAddr: fc.constantFrom(CLIENT, CLIENT + 1, CLIENT + 2),
  srcPort: fc.integer({ min: 1020, max: 1040 }),
  dstAddr: fc.constantFrom(WEB, EIP),
  dstPort: fc.constantFrom(80, 1030),
});
const step = fc.record({
  kind: fc.constantFrom(
    'source',
    'source',
    'source',
    'packet',
    'destination',
    'both',
    'hold',
    'close',
    'closeOf',
  ),
  tuple: source,
  first: fc.nat(1),
  skipsFull: fc.boolean(),
  flags: fc.constantFrom(ACK, SYN, SYN | ACK, FIN | ACK, RST),
  isBack: fc.boolean(),
  waitNs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(40)),
});

/** Does the step on one side; answers the session it bound. */
function act(
  nat: AnyNat,
  { kind, tuple: t, first, skipsFull, flags, isBack }: StepOf,
  nowNs: number,
): SessionId {
  const ref = find(nat.sessions, isBack ? reversed(t) : t, nowNs);
  const addresses = [EIP, OTHER_EIP];
  if (kind === 'closeOf') nat.closeOf(addresses[first]);
  if (kind === 'close' && ref !== NONE) nat.sessions.close(sessionOf(ref));
  if (kind === 'packet' && ref !== NONE) nat.sessions.touch(ref, flags, nowNs);
  if (ref !== NONE) return NO_PORT;
  const { protocol, srcAddr, srcPort, dstAddr, dstPort } = t;
  if (kind === 'source') return bindSource(nat, t, { addresses, first, skipsFull, nowNs });
  if (kind === 'destination')
    return nat.bindDestination(protocol, dstAddr, dstPort, EIP, srcPort, SERVER, 80, flags, nowNs);
  if (kind === 'both')
    return nat.bindBoth(
      protocol,
      srcAddr,
      srcPort,
      EIP,
      dstPort,
      SERVER,
      80,
      addresses,
      first,
      skipsFull,
      flags,
      nowNs,
    );
  return NO_PORT;
}

type StepOf = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Holds a range, or lets it go if it is held. */
function toggleHold(nat: AnyNat, held: Set<string>, { tuple: t, first, isBack }: StepOf): void {
  const range = [first === 0 ? EIP : OTHER_EIP, t.protocol, t.srcPort, t.srcPort + (isBack ? 4 : 0)] as const;
  if (held.delete(range.join())) nat.unhold(...range);
  else {
    held.add(range.join());
    nat.hold(...range);
  }
}

test('is at one with its twin over random bindings, packets, pauses, holdings and closings', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const nat = new NatTable(TIMEOUTS, SMALL);
      const twin = new PlainNatTable(TIMEOUTS, SMALL);
      const held = [new Set<string>(), new Set<string>()];
      const wanted: Tuple[] = [];
      let nowNs = 0;
      for (const one of steps) {
        nowNs += one.waitNs;
        if (one.kind === 'hold') {
          toggleHold(nat, held[0], one);
          toggleHold(twin, held[1], one);
          continue;
        }
        const bound = act(nat, one, nowNs);
        const [address, port] = bound === NONE ? [NONE, NONE] : publicEnd(nat, bound);
        twin.preferred = port;
        const twinBound = act(twin, one, nowNs);
        expect(twinBound === NONE ? [NONE, NONE] : publicEnd(twin, twinBound)).toEqual([address, port]);
        if (bound !== NONE) {
          wanted.push(
            tupleOf(nat.sessions, refOf(bound, ORIGINAL)),
            tupleOf(nat.sessions, refOf(bound, REPLY)),
          );
        }
        for (const t of wanted.slice(-12)) {
          expect(seen(nat.sessions, find(nat.sessions, t, nowNs))).toBe(
            seen(twin.sessions, find(twin.sessions, t, nowNs)),
          );
        }
        const { protocol, dstAddr, dstPort } = one.tuple;
        for (const eip of [EIP, OTHER_EIP]) {
          expect(nat.portsInUse(eip, protocol, dstAddr, dstPort, nowNs)).toBe(
            twin.portsInUse(eip, protocol, dstAddr, dstPort, nowNs),
          );
        }
        expect(nat.sessions.size).toBe(twin.sessions.size);
      }
    }),
    { seed: 43, numRuns: 250 },
  );
});

/** Binds until full; every public end is new, in range, and answers with its own session. */
function fill(nat: NatTable, addresses: readonly number[], t: Tuple): number {
  const ends = new Set<number>();
  for (let count = 0; ; count++) {
    const own = { ...t, srcAddr: t.srcAddr + (count >> 14), srcPort: 1025 + (count & 0x3fff) };
    const session = bindSource(nat, own, { addresses });
    if (session === NO_PORT) return count;
    const [address, port] = publicEnd(nat, session);
    const end = (address & 0xff) * 65_536 + port;
    if (ends.has(end) || port < 1025) throw new Error(`${address}:${port} is given twice or out of range`);
    ends.add(end);
  }
}

test('55,000 towards one destination on one address, 110,000 on two, and room elsewhere', () => {
  const nat = new NatTable(TIMEOUTS, PORTS);
  expect(fill(nat, [EIP], flow(0))).toBe(55_000);
  expect(bindSource(nat, flow(4000, { dstPort: 54 }))).not.toBe(NO_PORT);
  expect(fill(nat, [EIP, OTHER_EIP], flow(0, { srcAddr: CLIENT + 9 }))).toBe(55_000);
  expect([EIP, OTHER_EIP].map((eip) => nat.portsInUse(eip, UDP, WEB, 53, 0))).toEqual([55_000, 55_000]);
  expect(nat.closeOf(EIP)).toBe(55_001);
  expect(nat.sessions.size).toBe(55_000);
});

test('finds the last free port among many held and taken ones', () => {
  const nat = new NatTable(TIMEOUTS, { ...PORTS, perDestination: 64_511 });
  nat.hold(EIP, UDP, 1, 30_000);
  for (let port = 30_010; port < 60_000; port += 100) nat.hold(EIP, UDP, port, port + 97);
  nat.hold(EIP, UDP, 60_000, 65_535);
  expect(fill(nat, [EIP], flow(0))).toBe(9 + 299 * 2);
});

test('near exhaustion a port is found in few look-ups', () => {
  const nat = new NatTable(TIMEOUTS, PORTS);
  fill(nat, [EIP], flow(0));
  const { sessions } = nat;
  let lookUps = 0;
  const plainFind = sessions.find.bind(sessions);
  sessions.find = (...tuple) => {
    lookUps++;
    return plainFind(...tuple);
  };
  const turns = 2_000;
  for (let turn = 0; turn < turns; turn++) {
    sessions.close(((turn * 7919) % 55_000) as SessionId);
    expect(bindSource(nat, flow(30_000, { srcAddr: 0x0b000000 + turn }))).not.toBe(NO_PORT);
  }
  expect(lookUps / turns).toBeLessThan(9);
});
