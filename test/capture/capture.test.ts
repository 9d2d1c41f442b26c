/**
 * Goal: a capture holds what passes the chosen interfaces from 0 s on, both ways, in order, each frame right. Method:
 * runs of small scenarios, read back by a reader of its own and counted against the result and other observers.
 */
import { describe, expect, test } from 'vitest';
import { Capture } from '../../src/capture/capture.ts';
import { captured } from '../support/captured.ts';
import { pings, shop } from '../support/cli-scenarios.ts';
import { twoHosts } from '../support/fixtures.ts';
import { packetProblems, readPcapng } from '../support/pcapng.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const PINGS = scenarioOf(pings());
const SHOP = scenarioOf(shop());
const UPPER_HALF = 0x0200;

/** Upper half and interface number of a MAC address. */
function mac(bytes: Uint8Array, at: number): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 6);
  return [view.getUint16(0), view.getUint32(2)];
}

describe('a capture', () => {
  test('of an instance has its pings and their answers, each once', () => {
    const { file, result } = captured(PINGS, { isWanted: (name) => name.startsWith('a:') });
    const { ifaces, frames, application } = readPcapng(file);
    expect(application).toBe('a test');
    expect(ifaces).toEqual([{ name: 'a:shop/cn-hangzhou-h', snapBytes: 262_144, resolution: 9 }]);
    const { sent = 0, delivered = 0 } = result.flows.hello ?? {};
    expect(frames.filter(({ direction }) => direction === 'out')).toHaveLength(sent);
    expect(frames.filter(({ direction }) => direction === 'in')).toHaveLength(delivered);
    expect(new Set(frames.map(({ comment }) => comment))).toEqual(new Set(['hello']));
  });

  test('of everything has rising stamps from 0 s on, and only frames whose lengths and checksums are right', () => {
    const { file, frameCount, result } = captured(SHOP);
    const { frames } = readPcapng(file);
    expect(frames).toHaveLength(frameCount);
    expect(frames.length).toBeGreaterThan(500);
    for (const [i, { timeNs, bytes, originalBytes }] of frames.entries()) {
      expect(timeNs).toBeGreaterThanOrEqual(frames[i - 1]?.timeNs ?? 0);
      expect(bytes).toHaveLength(originalBytes);
      expect(packetProblems(bytes.subarray(14))).toEqual([]);
    }
    expect(frames.at(-1)?.timeNs).toBeLessThanOrEqual(result.simulatedNs);
  });

  test('shows every hop twice: as it leaves one interface and as it reaches the other', () => {
    const { frames } = readPcapng(captured(PINGS).file);
    const count = (wanted: string): number => frames.filter(({ direction }) => direction === wanted).length;
    expect(count('out')).toBe(count('in'));
    for (const { bytes } of frames) {
      const [toPrefix, to] = mac(bytes, 0);
      const [fromPrefix, from] = mac(bytes, 6);
      expect([toPrefix, fromPrefix]).toEqual([UPPER_HALF, UPPER_HALF]);
      expect(Math.abs(to - from)).toBe(1);
    }
  });

  test('keeps of a frame what the snap length allows, and says how long it was', () => {
    const whole = readPcapng(captured(SHOP).file).frames;
    for (const snapBytes of [1, 14, 51, 54, 100]) {
      const { ifaces, frames } = readPcapng(captured(SHOP, { snapBytes }).file);
      expect(ifaces[0]?.snapBytes).toBe(snapBytes);
      expect(frames).toHaveLength(whole.length);
      for (const [i, { bytes, originalBytes }] of frames.entries()) {
        const other = whole[i]?.bytes as Uint8Array;
        expect(originalBytes).toBe(other.length);
        expect(Buffer.compare(bytes, other.subarray(0, snapBytes))).toBe(0);
      }
    }
  });

  test('of nothing is a file without frames', () => {
    const { frames, ifaces } = readPcapng(captured(PINGS, { isWanted: () => false }).file);
    expect({ frames, ifaces }).toEqual({ frames: [], ifaces: [] });
  });

  test('has nothing of the time before 0 s', () => {
    const { network, idA, link } = twoHosts();
    network.zeroNs = Number.NaN;
    const capture = new Capture(
      network,
      { ifaces: new Set(['a:b']), snapBytes: 100, application: '' },
      () => {},
    );
    network.addObserver(capture);
    const send = (): void => {
      const packet = network.createPacket(0 as never, 0, 0, 0);
      network.packets.lengthBytes[packet] = 20;
      network.send(idA, packet, link.ifaceA);
    };
    send();
    expect(capture.frameCount).toBe(0);
    network.startMeasuring();
    send();
    expect(capture.frameCount).toBe(1);
  });
});

test('the sink gets whole blocks, so that what it has is a valid file at any time', () => {
  const { network, idA, link, run } = twoHosts();
  const pieces: Uint8Array[] = [];
  const options = { ifaces: new Set(['a:b', 'b:a']), snapBytes: 262_144, application: '' };
  const capture = new Capture(network, options, (bytes) => {
    pieces.push(bytes.slice());
    readPcapng(Buffer.concat(pieces));
  });
  network.addObserver(capture);
  if (Number.isNaN(network.zeroNs)) network.startMeasuring();
  for (let i = 0; i < 1_000; i++) {
    const packet = network.createPacket(0 as never, 0, 0, 0);
    network.packets.lengthBytes[packet] = 1_500;
    network.packets.protocol[packet] = 200;
    network.send(idA, packet, link.ifaceA);
    run(i * 1_000);
  }
  expect(pieces.length).toBeGreaterThan(3);
  capture.flush();
  expect(readPcapng(Buffer.concat(pieces)).frames).toHaveLength(capture.frameCount);
});

test('what is sent again says so', () => {
  const { network, idA, link } = twoHosts();
  const pieces: Uint8Array[] = [];
  const options = { ifaces: new Set(['a:b']), snapBytes: 100, application: '' };
  const capture = new Capture(network, options, (bytes) => pieces.push(bytes.slice()));
  network.addObserver(capture);
  if (Number.isNaN(network.zeroNs)) network.startMeasuring();
  for (const isAgain of [false, true, false]) {
    const packet = network.createPacket(0 as never, 0, 0, 0);
    network.packets.lengthBytes[packet] = 40;
    if (isAgain) network.observers.retransmit(idA, packet);
    network.send(idA, packet, link.ifaceA);
  }
  capture.flush();
  const comments = readPcapng(Buffer.concat(pieces)).frames.map(({ comment }) => comment);
  expect(comments).toEqual(['test', 'test, sent again', 'test']);
});
