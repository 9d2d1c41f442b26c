// hot path
/**
 * The word that says how an IPv4 packet is cut, as on the wire (RFC 791 section 3.1):
 *
 *   31            16   14   13   12              0
 *   identification     DF   MF   offset / 8 bytes
 *
 * 0: whole, and may be cut. DF alone is set on nearly every packet, so `isFragment` looks at MF and offset.
 */
export const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;
/** Offsets count in units of 8 bytes. */
export const OFFSET_UNIT = 8;

/** Part of a datagram: the first, a middle or the last one. */
export function isFragment(word: number): boolean {
  return (word & (MORE_FRAGMENTS | OFFSET_MASK)) !== 0;
}

/** A fragment without the ports, which the first one has. */
export function isLaterFragment(word: number): boolean {
  return (word & OFFSET_MASK) !== 0;
}

export function mayBeCut(word: number): boolean {
  return (word & DONT_FRAGMENT) === 0;
}

export function hasMoreFragments(word: number): boolean {
  return (word & MORE_FRAGMENTS) !== 0;
}

/** Where the data of a fragment lies in that of its datagram. */
export function offsetBytesOf(word: number): number {
  return (word & OFFSET_MASK) * OFFSET_UNIT;
}

export function identificationOf(word: number): number {
  return word >>> 16;
}

/** A whole packet that may be cut on its way. */
export function wholePacket(identification: number): number {
  return (identification << 16) >>> 0;
}

/** A fragment of what the word `of` says; `offsetBytes` is a multiple of 8. */
export function fragmentOf(of: number, offsetBytes: number, hasMore: boolean): number {
  const flags = hasMore ? MORE_FRAGMENTS : 0;
  return ((of & 0xffff0000) | flags | (offsetBytes / OFFSET_UNIT)) >>> 0;
}
