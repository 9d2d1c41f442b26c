// hot path
/** IP in IP (RFC 2003): nothing stands between the outer header and the inner one. */
import type { ByteWriter } from './byte-writer.ts';
import { encodeIpv4 } from './ipv4.ts';
import type { PacketView } from './packet-view.ts';

export function encodeOverlay(writer: ByteWriter, view: PacketView, level: number): void {
  encodeIpv4(writer, view, level + 1);
}
