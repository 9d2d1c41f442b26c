// hot path
/**
 * Writes numbers in network byte order into a buffer of fixed size. Owns the position and the snap limit of the frame
 * under way; does not own what the bytes mean. The caller makes sure that there is room.
 */
export class ByteWriter {
  readonly bytes: Uint8Array;
  /** Where the next byte goes. */
  at = 0;
  /** Zeros beyond here are only counted: nobody will keep them. */
  zerosUntil: number;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.zerosUntil = capacity;
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 8;
    bytes[at + 1] = value;
    this.at = at + 2;
  }

  u32(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.at = at + 4;
  }

  copy(from: Uint8Array): void {
    this.bytes.set(from, this.at);
    this.at += from.length;
  }

  zeros(count: number): void {
    const end = this.at + count;
    this.bytes.fill(0, this.at, Math.max(this.at, Math.min(end, this.zerosUntil)));
    this.at = end;
  }

  /** Writes 16 bits where something was left open. */
  patch16(at: number, value: number): void {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
  }
}
