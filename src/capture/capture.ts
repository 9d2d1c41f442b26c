// hot path
/**
 * Captures what passes chosen interfaces, both ways, as a pcapng section: an observer that writes into the sink it is
 * given. Stamps count from 0 s; what passes before is not captured. Frames come out in the order in which they passed,
 * so stamps never fall.
 *
 * Owns the buffer (of fixed size: memory does not grow with the run) and the Ethernet headers. The sink always gets
 * whole blocks, so that what it has been given is a valid file at any time. Does not own files.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceId, IfaceId, LinkId, PacketId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { NetworkObserver } from '../network/observer.ts';
import { ARP } from '../protocols/vrrp-message.ts';
import { encodeArp, writeMac } from './arp.ts';
import { ByteWriter } from './byte-writer.ts';
import { ENCODERS } from './encoders.ts';
import { encodeIpv4 } from './ipv4.ts';
import { PacketView } from './packet-view.ts';
import {
  beginFrame,
  commentOption,
  endFrame,
  FRAME_AT,
  INBOUND,
  OUTBOUND,
  writeInterface,
  writeSectionHeader,
} from './pcapng.ts';

export interface CaptureOptions {
  /** Names of interfaces, `device:peer`. */
  readonly ifaces: ReadonlySet<string>;
  /** Kept of a frame at most. */
  readonly snapBytes: number;
  /** Who wrote it, as the section says. */
  readonly application: string;
}

/** Takes bytes that are only valid during the call. */
export type CaptureSink = (bytes: Uint8Array) => void;

/** Cuts no frame: the largest IP packet and more headers than any has. */
export const MAX_SNAP_BYTES = 262_144;

const BUFFER_BYTES = 512 * 1024;
const ETHERTYPE_IPV4 = 0x0800;

export class Capture implements NetworkObserver {
  /** Frames captured so far. */
  frameCount = 0;
  private readonly network: Network;
  private readonly snapBytes: number;
  private readonly sink: CaptureSink;
  private readonly writer = new ByteWriter(BUFFER_BYTES);
  private readonly view: PacketView;
  /** Number of the interface in the file; NONE where it is not captured. */
  private readonly captured: Int32Array;
  private readonly peers: Int32Array;
  /** By flow: its name as a comment, plain and for what is sent again. */
  private readonly comments: Uint8Array[] = [];
  private readonly againComments: Uint8Array[] = [];
  /** What a transport is about to send again. */
  private sentAgain = NONE as PacketId;

  constructor(network: Network, options: CaptureOptions, sink: CaptureSink) {
    this.network = network;
    this.snapBytes = options.snapBytes;
    this.sink = sink;
    this.view = new PacketView(network.packets, network.headers, ENCODERS);
    this.captured = new Int32Array(network.ifaceNames.length).fill(NONE);
    this.peers = readPeers(network);
    writeSectionHeader(this.writer, options.application);
    this.describeInterfaces(options.ifaces);
  }

  private describeInterfaces(names: ReadonlySet<string>): void {
    let count = 0;
    for (const [iface, name] of this.network.ifaceNames.entries()) {
      if (!names.has(name)) continue;
      this.captured[iface] = count++;
      this.makeRoom();
      writeInterface(this.writer, name, this.snapBytes);
    }
  }

  onRetransmit(_device: DeviceId, packet: PacketId): void {
    this.sentAgain = packet;
  }

  onTransmit(iface: IfaceId, packet: PacketId): void {
    const isAgain = packet === this.sentAgain;
    this.sentAgain = NONE as PacketId;
    if (this.captured[iface] === NONE) return;
    this.write(iface, packet, iface, this.peers[iface] as IfaceId, isAgain);
  }

  onArrive(iface: IfaceId, packet: PacketId): void {
    if (this.captured[iface] === NONE) return;
    this.write(iface, packet, this.peers[iface] as IfaceId, iface, false);
  }

  /** Hands on what is still in the buffer. */
  flush(): void {
    if (this.writer.at === 0) return;
    this.sink(this.writer.bytes.subarray(0, this.writer.at));
    this.writer.at = 0;
  }

  private write(iface: IfaceId, packet: PacketId, from: IfaceId, to: IfaceId, isAgain: boolean): void {
    const timeNs = this.network.nowNs - this.network.zeroNs;
    if (Number.isNaN(timeNs)) return;
    this.makeRoom();
    const { writer, view, snapBytes } = this;
    const start = beginFrame(writer, this.captured[iface] as number, timeNs);
    writer.zerosUntil = start + FRAME_AT + snapBytes;
    view.read(packet);
    if (view.at(0).protocol === ARP) encodeArp(writer, view.at(0).srcAddr, from);
    else {
      writeMac(writer, to);
      writeMac(writer, from);
      writer.u16(ETHERTYPE_IPV4);
      encodeIpv4(writer, view, 0);
    }
    const direction = from === iface ? OUTBOUND : INBOUND;
    endFrame(writer, start, snapBytes, direction, this.commentOn(packet, isAgain));
    this.frameCount++;
  }

  /** After this the buffer has room for any block. */
  private makeRoom(): void {
    if (this.writer.at > BUFFER_BYTES / 2) this.flush();
  }

  private commentOn(packet: PacketId, isAgain: boolean): Uint8Array {
    const flow = this.network.packets.flow[packet] as number;
    const comments = isAgain ? this.againComments : this.comments;
    let comment = comments[flow];
    if (comment === undefined) {
      const name = this.network.flows.names[flow] ?? '';
      comment = commentOption(isAgain ? `${name}, sent again` : name);
      comments[flow] = comment;
    }
    return comment;
  }
}

/** Interface at the other end of each interface's link. */
function readPeers({ ifaceNames, links }: Network): Int32Array {
  const peers = new Int32Array(ifaceNames.length).fill(NONE);
  for (let link = 0; link < links.count; link++) {
    peers[links.fromIface[link as LinkId] as IfaceId] = links.toIface[link as LinkId] as IfaceId;
  }
  return peers;
}
