/** Goal: a packet and the answer to it have keys that are each other's reverse. Method: random headers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowId, PacketId } from '../../src/network/ids.ts';
import { ICMP, OUT, PacketTable, TCP, UDP } from '../../src/network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, type QuotedHeader } from '../../src/protocols/ip.ts';
import { SessionKey } from '../../src/protocols/session-key.ts';

const address = fc.nat(0xffffffff);
const port = fc.nat(0xffff);
/** Headers as the columns hold them. */
const header: fc.Arbitrary<QuotedHeader> = fc
  .record({
    srcAddr: address,
    dstAddr: address,
    protocol: fc.constantFrom(TCP, UDP, ICMP),
    srcPort: port,
    dstPort: port,
    isReply: fc.boolean(),
  })
  .map(({ isReply, ...fields }) =>
    fields.protocol === ICMP ? { ...fields, dstPort: isReply ? ECHO_REPLY : ECHO_REQUEST } : fields,
  );

const FIELDS = ['srcAddr', 'dstAddr', 'protocol', 'srcPort', 'dstPort'] as const;

function packetOf(packets: PacketTable, fields: QuotedHeader): PacketId {
  const packet = packets.create(0 as FlowId, 0, 0, OUT, 0);
  for (const field of FIELDS) packets[field][packet] = fields[field];
  return packet;
}

const headerOf = (packets: PacketTable, packet: PacketId): QuotedHeader =>
  Object.fromEntries(FIELDS.map((field) => [field, packets[field][packet]])) as unknown as QuotedHeader;

/** What its receiver sends back. */
function answerTo(asked: QuotedHeader): QuotedHeader {
  const { srcAddr, dstAddr, protocol, srcPort, dstPort } = asked;
  const turned = { srcAddr: dstAddr, dstAddr: srcAddr, protocol };
  if (protocol !== ICMP) return { ...turned, srcPort: dstPort, dstPort: srcPort };
  return { ...turned, srcPort, dstPort: dstPort === ECHO_REPLY ? ECHO_REQUEST : ECHO_REPLY };
}

function keyOf(fields: QuotedHeader): SessionKey {
  const packets = new PacketTable(1);
  const key = new SessionKey();
  key.readKey(packets, packetOf(packets, fields));
  return key;
}

describe('the key of a session', () => {
  test('of an answer is that of what it answers, reversed', () => {
    fc.assert(
      fc.property(header, (asked) => {
        const reversed = keyOf(asked);
        reversed.reverse();
        expect(keyOf(answerTo(asked))).toEqual(reversed);
      }),
    );
  });

  test('has the identifier of an echo on the side that asks', () => {
    const echo = { srcAddr: 1, dstAddr: 2, protocol: ICMP, srcPort: 77, dstPort: ECHO_REQUEST };
    expect(keyOf(echo)).toMatchObject({ srcPort: 77, dstPort: 0 });
    expect(keyOf({ ...echo, dstPort: ECHO_REPLY })).toMatchObject({ srcPort: 0, dstPort: 77 });
  });

  test('is the same for a packet and for the header that an ICMP error quotes of it', () => {
    fc.assert(
      fc.property(header, (fields) => {
        const key = new SessionKey();
        key.readQuotedKey(fields);
        expect(key).toEqual(keyOf(fields));
      }),
    );
  });

  test('once written is read again, and all else of the packet stays', () => {
    fc.assert(
      fc.property(header, header, (fields, other) => {
        fc.pre(fields.protocol === other.protocol);
        fc.pre(fields.protocol !== ICMP || fields.dstPort === other.dstPort);
        const packets = new PacketTable(1);
        const packet = packetOf(packets, fields);
        keyOf(other).writeKey(packets, packet);
        expect(headerOf(packets, packet)).toEqual(other);
        const quoted = { ...fields };
        keyOf(other).writeQuotedKey(quoted);
        expect(quoted).toEqual(other);
      }),
    );
  });
});
