/**
 * Goal: packets become the bytes that a real host would send, with zeros for payload. Method: vectors worked out by
 * hand, and random packets whose lengths and checksums an independent reader finds right.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeArp } from '../../src/capture/arp.ts';
import { ByteWriter } from '../../src/capture/byte-writer.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ICMP, TCP, UDP } from '../../src/network/packet-table.ts';
import type { DatagramCheck, DatagramCheckAnswer } from '../../src/protocols/datagram-check.ts';
import { type DnsAnswer, type DnsQuery, dnsBytes } from '../../src/protocols/dns-message.ts';
import {
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  PORT_UNREACHABLE,
  TIME_EXCEEDED,
} from '../../src/protocols/ip.ts';
import { OVERLAY } from '../../src/protocols/overlay.ts';
import { ADVERTISEMENT_BYTES, type Advertisement, VRRP } from '../../src/protocols/vrrp-message.ts';
import { encoded, hex, type PacketColumns } from '../support/encoded.ts';
import { foldedSum, packetProblems } from '../support/pcapng.ts';

const DONT_FRAGMENT = 0x4000;
const FLAGS = { syn: 2, ack: 16 };

/** What follows the IP header. */
const payloadOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(20);
/** What follows the headers of a segment without options. */
const optionsOf = (bytes: Uint8Array): string => hex(bytes.subarray(40));

describe('an IPv4 header', () => {
  test('has length, service class, way of cutting, time to live, protocol, checksum and addresses', () => {
    // 192.168.0.1 to 192.168.0.199, 115 bytes, UDP: the worked example of many textbooks, with checksum b861.
    const bytes = encoded({
      srcAddr: 0xc0a80001,
      dstAddr: 0xc0a800c7,
      protocol: UDP,
      lengthBytes: 115,
      fragment: DONT_FRAGMENT,
    });
    expect(hex(bytes.subarray(0, 20))).toBe('45000073 00004000 4011b861 c0a80001 c0a800c7');
    expect(bytes).toHaveLength(115);
  });

  test('says the service class in its upper six bits', () => {
    expect(encoded({ dscp: 46 })[1]).toBe(0xb8);
  });

  test('is followed by zeros where nothing is known of the protocol', () => {
    const bytes = encoded({ protocol: 132, lengthBytes: 33 });
    expect(payloadOf(bytes)).toEqual(new Uint8Array(13));
  });

  test('of a later fragment is followed by payload alone', () => {
    const bytes = encoded({ protocol: UDP, lengthBytes: 28, fragment: 0x00070000 | 185 });
    expect(hex(bytes.subarray(4, 8))).toBe('000700b9');
    expect(payloadOf(bytes)).toEqual(new Uint8Array(8));
  });
});

describe('a TCP segment', () => {
  test('has ports, numbers, flags, window and checksum', () => {
    const bytes = encoded({
      srcPort: 1,
      dstPort: 2,
      tcpSeq: 3,
      tcpAck: 4,
      tcpFlags: FLAGS.ack,
      tcpWindow: 5,
      lengthBytes: 42,
    });
    // Pseudo-header 0a00 + 0001 + 0a00 + 0002 + 0006 + 0016, header 1 + 2 + 3 + 4 + 5010 + 5: 643e, complement 9bc1.
    expect(hex(payloadOf(bytes))).toBe('00010002 00000003 00000004 50100005 9bc10000 0000');
  });

  test('shows a window that does not fit as the largest that does', () => {
    expect(hex(payloadOf(encoded({ tcpWindow: 70_000 })).subarray(14, 16))).toBe('ffff');
  });

  const withOptions = (
    columns: PacketColumns,
    options: { mss?: number; shift?: number; permitsSack?: boolean; blocks?: readonly [number, number][] },
  ): Uint8Array =>
    encoded(columns, {
      prepare: (packets, _, packet) => {
        const row = packets.options.create();
        packets.tcpOptions[packet] = row;
        packets.options.mssBytes[row] = options.mss ?? 0;
        if (options.shift !== undefined) packets.options.windowShift[row] = options.shift;
        packets.options.sackPermitted[row] = options.permitsSack === true ? 1 : 0;
        for (const [left, right] of options.blocks ?? []) packets.options.addBlock(row, left, right);
      },
    });
  const STAMPS = { tcpTsValue: 0x11, tcpTsEcho: 0x22 };
  const SYN = { tcpFlags: FLAGS.syn };

  test('that opens a connection lays its options out as Linux does', () => {
    const all = { mss: 1460, shift: 7, permitsSack: true };
    const bytes = withOptions({ ...SYN, ...STAMPS, lengthBytes: 60 }, all);
    expect(optionsOf(bytes)).toBe('020405b4 0402080a 00000011 00000022 01030307');
    expect(bytes[32]).toBe(0xa0);
    const without = withOptions({ ...SYN, lengthBytes: 52 }, all);
    expect(optionsOf(without)).toBe('020405b4 01010402 01030307');
    const withoutSack = withOptions({ ...SYN, ...STAMPS, lengthBytes: 60 }, { mss: 1460, shift: 7 });
    expect(optionsOf(withoutSack)).toBe('020405b4 0101080a 00000011 00000022 01030307');
    for (const syn of [bytes, without, withoutSack]) expect(packetProblems(syn)).toEqual([]);
  });

  test('carries time stamps and reports of what arrived beyond a gap', () => {
    expect(optionsOf(encoded({ ...STAMPS, lengthBytes: 52 }))).toBe('0101080a 00000011 00000022');
    const blocks: [number, number][] = [
      [10, 20],
      [30, 40],
    ];
    const bytes = withOptions({ ...STAMPS, tcpFlags: FLAGS.ack, lengthBytes: 72 }, { blocks });
    expect(optionsOf(bytes)).toBe('0101080a 00000011 00000022 01010512 0000000a 00000014 0000001e 00000028');
    expect(packetProblems(bytes)).toEqual([]);
  });
});

describe('a UDP datagram', () => {
  test('has ports, length and checksum over zeros', () => {
    const bytes = encoded({ protocol: UDP, srcPort: 1, dstPort: 2, lengthBytes: 31 });
    // Pseudo-header 0a00 + 0001 + 0a00 + 0002 + 0011 + 000b, header 0001 + 0002 + 000b: 142d, complement ebd2.
    expect(hex(payloadOf(bytes))).toBe('00010002 000bebd2 000000');
  });

  test('never says that it has no checksum', () => {
    const at = 0xffff - 0x142d;
    const bytes = encoded({ protocol: UDP, srcPort: 1 + at, dstPort: 2, lengthBytes: 31 });
    expect(hex(payloadOf(bytes).subarray(6, 8))).toBe('ffff');
    expect(packetProblems(bytes)).toEqual([]);
  });
});

describe('a fragment', () => {
  const MORE = 0x2000;
  const FIRST = { protocol: UDP, srcPort: 1, dstPort: 2, lengthBytes: 36, datagramBytes: 41 };

  test('that comes first has length and checksum of the whole datagram', () => {
    // Pseudo-header 0a00 + 0001 + 0a00 + 0002 + 0011 + 0029, header 0001 + 0002 + 0029: 1469, complement eb96.
    const bytes = encoded({ ...FIRST, fragment: 0x00070000 | MORE });
    expect(hex(payloadOf(bytes))).toBe('00010002 0029eb96 00000000 00000000');
  });

  test('makes the datagram together with the others', () => {
    const whole = encoded({ ...FIRST, lengthBytes: 61 });
    const first = encoded({ ...FIRST, fragment: 0x00070000 | MORE });
    const middle = encoded({ ...FIRST, fragment: 0x00070000 | MORE | 2 });
    const last = encoded({ ...FIRST, lengthBytes: 29, fragment: 0x00070000 | 4 });
    const joined = Buffer.concat([first, middle, last].map(payloadOf));
    expect(hex(joined)).toBe(hex(payloadOf(whole)));
  });
});

test('health checks with strings show them', () => {
  const request: DatagramCheck = { kind: 'check-request', request: 'hello', response: 'ok' };
  const answer: DatagramCheckAnswer = { kind: 'check-answer', text: 'ok' };
  const textOf = (content: unknown, bytes: number): string =>
    new TextDecoder().decode(encoded({ protocol: UDP, lengthBytes: 28 + bytes }, { content }).subarray(28));
  expect([textOf(request, 5), textOf(answer, 2)]).toEqual(['hello', 'ok']);
});

describe('a DNS message', () => {
  const query: DnsQuery = { kind: 'dns-query', id: 0x1234, name: 'api.shop' };
  const answer: DnsAnswer = {
    kind: 'dns-answer',
    id: 0x1234,
    name: 'api.shop',
    rcode: 0,
    ttlSeconds: 60,
    addresses: [0x01020304, 0x05060708],
  };
  const datagram = (content: DnsQuery | DnsAnswer): Uint8Array =>
    encoded({ protocol: UDP, dstPort: 53, lengthBytes: 28 + dnsBytes(content) }, { content });

  test('asks for the addresses of a name', () => {
    const bytes = datagram(query);
    expect(hex(bytes.subarray(28))).toBe('12340100 00010000 00000000 03617069 0473686f 70000001 0001');
    expect(packetProblems(bytes)).toEqual([]);
  });

  test('answers with an address a record, whose name points to the question', () => {
    const bytes = datagram(answer);
    expect(hex(bytes.subarray(28, 40))).toBe('12348180 00010002 00000000');
    expect(hex(bytes.subarray(54, 70))).toBe('c00c0001 00010000 003c0004 01020304');
    expect(bytes).toHaveLength(28 + dnsBytes(answer));
    expect(packetProblems(bytes)).toEqual([]);
  });

  test('says that a name does not exist', () => {
    const bytes = datagram({ ...answer, rcode: 3, addresses: [] });
    expect(hex(bytes.subarray(28, 36))).toBe('12348183 00010000');
  });
});

describe('an ICMP message', () => {
  test('numbers echoes by identifier and sequence number', () => {
    const bytes = encoded({
      protocol: ICMP,
      srcPort: 7,
      dstPort: ECHO_REQUEST,
      unit: 0x10002,
      lengthBytes: 36,
    });
    // Complement of 0800 + 0007 + 0002.
    expect(hex(payloadOf(bytes))).toBe('0800f7f6 00070002 00000000 00000000');
  });

  test('quotes the header it is about, and eight bytes more', () => {
    const quoted = { srcAddr: 0x0a000001, dstAddr: 0x0a000009, srcPort: 5, dstPort: 6 };
    for (const [protocol, tail] of [
      [UDP, '00050006 00080000'],
      [TCP, '00050006 00000000'],
      [ICMP, '0006fff4 00050000'],
    ] as const) {
      const bytes = encoded(
        { protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE, lengthBytes: 56 },
        { content: { ...quoted, protocol } },
      );
      expect(hex(bytes.subarray(48))).toBe(tail);
      expect(hex(bytes.subarray(40, 48))).toBe('0a000001 0a000009');
      expect(packetProblems(bytes)).toEqual([]);
      expect(foldedSum(bytes.subarray(28, 48))).toBe(0xffff);
    }
  });

  test('names the size that fits where a packet was too long', () => {
    const content = { srcAddr: 1, dstAddr: 2, srcPort: 5, dstPort: 6, protocol: TCP, nextHopMtu: 1400 };
    const columns = { protocol: ICMP, srcPort: 0, dstPort: FRAGMENTATION_NEEDED, lengthBytes: 56 };
    const bytes = encoded(columns, { content });
    expect(hex(payloadOf(bytes).subarray(4, 8))).toBe('00000578');
    expect(packetProblems(bytes)).toEqual([]);
  });

  test('quotes the length of the whole packet and its flags, where they are known', () => {
    const content = { srcAddr: 1, dstAddr: 2, srcPort: 5, dstPort: 6, protocol: UDP, nextHopMtu: 1400 };
    const columns = { protocol: ICMP, srcPort: 0, dstPort: FRAGMENTATION_NEEDED, lengthBytes: 56 };
    const bytes = encoded(columns, { content: { ...content, lengthBytes: 1_450, fragment: DONT_FRAGMENT } });
    expect(hex(bytes.subarray(28, 36))).toBe('450005aa 00004000');
    expect(hex(bytes.subarray(48))).toBe('00050006 05960000');
    expect(packetProblems(bytes)).toEqual([]);
  });

  test('without anything to quote is zeros after its head', () => {
    const bytes = encoded({ protocol: ICMP, dstPort: TIME_EXCEEDED, srcPort: 0, lengthBytes: 56 });
    expect(hex(payloadOf(bytes).subarray(0, 8))).toBe('0b00f4ff 00000000');
  });
});

test('an overlay header stands in front, 20 bytes longer than what it carries', () => {
  const bytes = encoded(
    { lengthBytes: 45 },
    { prepare: (_, headers, packet) => headers.push(packet, 0x64400001, 0x64400002, OVERLAY, 60) },
  );
  expect(bytes).toHaveLength(65);
  expect(hex(bytes.subarray(0, 12))).toBe(`45000041 00000000 3c04${hex(bytes.subarray(10, 12))}`);
  expect(hex(bytes.subarray(12, 20))).toBe('64400001 64400002');
  expect(packetProblems(bytes)).toEqual([]);
});

test('an advertisement of VRRP has version 3, the router, its priority, hundredths of a second, the address and a checksum', () => {
  const content: Advertisement = {
    kind: 'vrrp-advertisement',
    routerId: 51,
    priority: 150,
    intervalNs: 1_500_000_000,
    virtualAddress: 0x0a000164,
    cause: null,
  };
  const bytes = encoded({ protocol: VRRP, lengthBytes: ADVERTISEMENT_BYTES }, { content });
  // Pseudo-header 0a00 0001 0a00 0002 0070 000c and the words below without the checksum add up to e7ad.
  expect(hex(payloadOf(bytes))).toBe('31339601 00961852 0a000164');
});

test('gratuitous ARP is a broadcast that asks for the address it is sent from', () => {
  const writer = new ByteWriter(64);
  encodeArp(writer, 0x0a000164, 7 as IfaceId);
  const frame = hex(writer.bytes.subarray(0, writer.at)).replaceAll(' ', '');
  expect(frame).toBe(
    'ffffffffffff' +
      '020000000007' +
      '0806' +
      '0001080006040001' +
      '0200000000070a000164' +
      '0000000000000a000164',
  );
});

test('lengths and checksums of any packet are right, however deep it is encapsulated', () => {
  const columns = fc.record({
    srcAddr: fc.nat(0xffffffff),
    dstAddr: fc.nat(0xffffffff),
    srcPort: fc.nat(0xffff),
    dstPort: fc.nat(0xffff),
    protocol: fc.constantFrom(TCP, UDP, ICMP),
    ttl: fc.nat(255),
    dscp: fc.nat(63),
    lengthBytes: fc.integer({ min: 56, max: 65_000 }),
    tcpSeq: fc.nat(0xffffffff),
    tcpAck: fc.nat(0xffffffff),
    tcpWindow: fc.nat(100_000),
    tcpFlags: fc.nat(63),
    tcpTsValue: fc.nat(0xffffffff),
    unit: fc.nat(0x7fffffff),
  });
  fc.assert(
    fc.property(columns, fc.nat(3), (values, depth) => {
      const bytes = encoded(values, {
        prepare: (_, headers, packet) => {
          for (let i = 0; i < depth; i++) headers.push(packet, i, i + 1, OVERLAY, 64);
        },
      });
      expect(bytes).toHaveLength(values.lengthBytes + 20 * depth);
      expect(packetProblems(bytes)).toEqual([]);
    }),
    { seed: 42, numRuns: 150 },
  );
});
