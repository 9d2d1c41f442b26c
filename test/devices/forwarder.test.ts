/** Goal: fragments of a datagram keep together over equal-cost paths. Method: one forwarder, a packet table, groups. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Forwarder, NextHopSpace } from '../../src/devices/forwarder.ts';
import type { DeviceContext } from '../../src/network/device.ts';
import { fragmentOf, wholePacket } from '../../src/network/fragment.ts';
import type { FlowId, IfaceId } from '../../src/network/ids.ts';
import { OUT, PacketTable, UDP } from '../../src/network/packet-table.ts';
import { EcmpGroup } from '../../src/routing/ecmp.ts';

const packets = new PacketTable(8);
const space = new NextHopSpace();
const members = [space.create(), space.create(), space.create()];
const group = space.createGroup(new EcmpGroup(members));
const forwarder = new Forwarder({ name: 'router', packets } as DeviceContext, space);
for (const [index, member] of members.entries()) forwarder.setIface(member, index as IfaceId);

function way(srcAddr: number, srcPort: number, word: number): IfaceId {
  const packet = packets.create(0 as FlowId, 0, 0, OUT, 0);
  packets.srcAddr[packet] = srcAddr;
  packets.dstAddr[packet] = 2;
  packets.protocol[packet] = UDP;
  packets.srcPort[packet] = srcPort;
  packets.dstPort[packet] = srcPort === 0 ? 0 : 53;
  packets.fragment[packet] = word;
  const iface = forwarder.choose(group, packet);
  packets.free(packet);
  return iface;
}

test('fragments of a datagram take one way, whether they have its ports or not', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.integer({ min: 1, max: 65535 }), fc.nat(65535), (source, port, id) => {
      const whole = wholePacket(id);
      const first = way(source, port, fragmentOf(whole, 0, true));
      expect(way(source, 0, fragmentOf(whole, 1480, true))).toBe(first);
      expect(way(source, 0, fragmentOf(whole, 2960, false))).toBe(first);
    }),
  );
});

test('whole datagrams of one sender spread by their ports', () => {
  const ways = new Set(Array.from({ length: 50 }, (_, i) => way(7, 1000 + i, wholePacket(i))));
  expect(ways.size).toBe(3);
});
