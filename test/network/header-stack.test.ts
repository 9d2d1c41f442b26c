/** Goal: what encapsulation hides comes back whole. Method: random stacks of headers against an array of copies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { HeaderStack } from '../../src/network/header-stack.ts';
import type { FlowId, PacketId } from '../../src/network/ids.ts';
import { PacketTable } from '../../src/network/packet-table.ts';

const FIELDS = ['srcAddr', 'dstAddr', 'srcPort', 'dstPort', 'protocol', 'ttl', 'lengthBytes'] as const;

function headerOf(packets: PacketTable, packet: PacketId): number[] {
  return FIELDS.map((field) => packets[field][packet] as number);
}

function makePacket(packets: PacketTable, salt: number): PacketId {
  const packet = packets.create(0 as FlowId, 0, 0, 0, 0);
  FIELDS.forEach((field, i) => {
    packets[field][packet] = salt * 13 + i;
  });
  return packet;
}

test('popping gives back, one by one, the headers that pushing hid', () => {
  const verbs = fc.array(fc.record({ who: fc.nat(4), isPush: fc.boolean() }), { maxLength: 1_500 });
  fc.assert(
    fc.property(verbs, (steps) => {
      const packets = new PacketTable(4);
      const headers = new HeaderStack(packets);
      const ids = [0, 1, 2, 3, 4].map((salt) => makePacket(packets, salt));
      const copies: number[][][] = ids.map(() => []);
      steps.forEach(({ who, isPush }, i) => {
        const packet = ids[who] as PacketId;
        const saved = copies[who] as number[][];
        if (isPush) {
          saved.push(headerOf(packets, packet));
          headers.push(packet, i, i + 1, 4, 64);
          expect([packets.srcAddr[packet], packets.dstAddr[packet], packets.protocol[packet]]).toEqual([
            i,
            i + 1,
            4,
          ]);
        } else if (saved.length > 0) {
          headers.pop(packet);
          expect(headerOf(packets, packet)).toEqual(saved.pop());
        }
        expect(packets.headerTop[packet] === NONE).toBe(saved.length === 0);
      });
    }),
    { seed: 3, numRuns: 60 },
  );
});

test('a push keeps ports and length, so that equal-cost paths and meters see the customer’s packet', () => {
  const packets = new PacketTable();
  const packet = makePacket(packets, 5);
  const [srcPort, dstPort, lengthBytes] = [
    packets.srcPort[packet],
    packets.dstPort[packet],
    packets.lengthBytes[packet],
  ];
  new HeaderStack(packets).push(packet, 1, 2, 4, 64);
  expect([packets.srcPort[packet], packets.dstPort[packet], packets.lengthBytes[packet]]).toEqual([
    srcPort,
    dstPort,
    lengthBytes,
  ]);
});

test('headers released with their packet are used again and do not leak into the next one', () => {
  const packets = new PacketTable();
  const headers = new HeaderStack(packets);
  for (let i = 0; i < 1_000; i++) {
    const packet = makePacket(packets, i);
    const inner = headerOf(packets, packet);
    for (let depth = 0; depth < 3; depth++) headers.push(packet, depth, depth, 4, 64);
    if (i % 2 === 0) for (let depth = 0; depth < 3; depth++) headers.pop(packet);
    if (i % 2 === 0) expect(headerOf(packets, packet)).toEqual(inner);
    headers.release(packet);
    expect(packets.headerTop[packet]).toBe(NONE);
    packets.free(packet);
  }
});

test('taking off a header that is not there is a bug that crashes', () => {
  const packets = new PacketTable();
  const packet = makePacket(packets, 1);
  expect(() => new HeaderStack(packets).pop(packet)).toThrow('vpcsim bug');
});
