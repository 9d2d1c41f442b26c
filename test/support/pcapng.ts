/** Reads pcapng files and their frames, plainly and apart from what writes them: for tests alone. */
export interface Frame {
  readonly iface: string;
  readonly timeNs: number;
  readonly originalBytes: number;
  readonly direction: 'in' | 'out' | 'unknown';
  readonly comment: string | null;
  readonly bytes: Uint8Array;
}

export interface CaptureFile {
  readonly application: string | null;
  readonly ifaces: readonly {
    readonly name: string;
    readonly snapBytes: number;
    readonly resolution: number;
  }[];
  readonly frames: readonly Frame[];
}

/** Throws where the file is not whole: blocks end where they say, at both ends. */
export function readPcapng(file: Uint8Array): CaptureFile {
  let application: string | null = null;
  const ifaces: { name: string; snapBytes: number; resolution: number }[] = [];
  const frames: Frame[] = [];
  for (const { type, body } of blocksOf(file)) {
    const view = viewOf(body);
    if (type === 0x0a0d0d0a) application = textOf(optionsOf(body, 16).get(4));
    else if (type === 1) {
      const options = optionsOf(body, 8);
      const name = textOf(options.get(2)) ?? '';
      ifaces.push({ name, snapBytes: view.getUint32(4), resolution: options.get(9)?.[0] ?? 6 });
    } else {
      const capturedBytes = view.getUint32(12);
      const options = optionsOf(body, 20 + Math.ceil(capturedBytes / 4) * 4);
      frames.push({
        iface: ifaces[view.getUint32(0)]?.name ?? '?',
        timeNs: view.getUint32(4) * 0x100000000 + view.getUint32(8),
        originalBytes: view.getUint32(16),
        direction: (['unknown', 'in', 'out'] as const)[options.get(2)?.[3] ?? 0] ?? 'unknown',
        comment: textOf(options.get(1)),
        bytes: body.subarray(20, 20 + capturedBytes),
      });
    }
  }
  return { application, ifaces, frames };
}

function* blocksOf(file: Uint8Array): Generator<{ type: number; body: Uint8Array }> {
  const view = viewOf(file);
  if (view.getUint32(8) !== 0x1a2b3c4d) throw new Error('no section in big-endian order');
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 4);
    if (length % 4 !== 0 || view.getUint32(at + length - 4) !== length) throw new Error(`bad block at ${at}`);
    yield { type: view.getUint32(at), body: file.subarray(at + 8, at + length - 4) };
    at += length;
  }
}

function optionsOf(body: Uint8Array, from: number): Map<number, Uint8Array> {
  const view = viewOf(body);
  const options = new Map<number, Uint8Array>();
  for (let at = from; view.getUint16(at) !== 0; ) {
    const length = view.getUint16(at + 2);
    options.set(view.getUint16(at), body.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return options;
}

const textOf = (bytes: Uint8Array | undefined): string | null =>
  bytes === undefined ? null : new TextDecoder().decode(bytes);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The sum of all words, folded: 0xffff over what holds its own checksum. */
export function foldedSum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at++) sum += (part[at] as number) * (at % 2 === 0 ? 256 : 1);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** What is wrong with the lengths and checksums of an IP packet and all in it; nothing if it is well. */
export function packetProblems(ip: Uint8Array): string[] {
  const view = viewOf(ip);
  const problems: string[] = [];
  if (ip[0] !== 0x45) problems.push('no IPv4 header');
  if (view.getUint16(2) !== ip.length) problems.push(`IP length ${view.getUint16(2)} of ${ip.length} bytes`);
  if (foldedSum(ip.subarray(0, 20)) !== 0xffff) problems.push('IP checksum');
  const protocol = ip[9] as number;
  const payload = ip.subarray(20);
  const pseudo = new Uint8Array([...ip.subarray(12, 20), 0, protocol, payload.length >> 8, payload.length]);
  if (protocol === 4) return [...problems, ...packetProblems(payload)];
  if (protocol === 1 && foldedSum(payload) !== 0xffff) problems.push('ICMP checksum');
  if (protocol === 17 && viewOf(payload).getUint16(4) !== payload.length) problems.push('UDP length');
  if ((protocol === 6 || protocol === 17) && foldedSum(pseudo, payload) !== 0xffff)
    problems.push(`checksum of protocol ${protocol}`);
  if (protocol === 6 && ((payload[12] as number) >> 4) * 4 > payload.length)
    problems.push('TCP header length');
  return problems;
}
