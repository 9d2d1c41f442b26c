// hot path
/**
 * TCP options of the segments that carry any besides time stamps: SYNs, and acknowledgements with SACK blocks. A packet
 * names its row; the row is freed with the packet.
 */
import { NONE } from '../base/brand.ts';
import { widen } from '../base/columns.ts';

/** SACK blocks of one segment (RFC 2018 section 3: at most four, three beside time stamps). */
export const MAX_SACK_BLOCKS = 4;
export const NO_SHIFT = 255;

export class TcpOptionTable {
  /** Maximum segment size; 0: absent. */
  mssBytes = new Uint16Array(64);
  /** Shift of the window (RFC 7323); NO_SHIFT: absent. */
  windowShift = new Uint8Array(64);
  /** 1: SACK permitted. */
  sackPermitted = new Uint8Array(64);
  blockCount = new Uint8Array(64);
  /** Sequence numbers of the left and right edges, MAX_SACK_BLOCKS pairs a row. */
  private edges = new Uint32Array(64 * 2 * MAX_SACK_BLOCKS);
  private nextFree = new Int32Array(64);
  private used = 0;
  private firstFree = NONE;

  /** A row without any option. */
  create(): number {
    let row = this.firstFree;
    if (row === NONE) {
      row = this.used++;
      if (row === this.nextFree.length) this.grow();
    } else {
      this.firstFree = this.nextFree[row] as number;
    }
    this.mssBytes[row] = 0;
    this.windowShift[row] = NO_SHIFT;
    this.sackPermitted[row] = 0;
    this.blockCount[row] = 0;
    return row;
  }

  /** A row of its own with the same options. */
  copyOf(row: number): number {
    const copy = this.create();
    this.mssBytes[copy] = this.mssBytes[row] as number;
    this.windowShift[copy] = this.windowShift[row] as number;
    this.sackPermitted[copy] = this.sackPermitted[row] as number;
    const blocks = this.blockCount[row] as number;
    for (let i = 0; i < blocks; i++) this.addBlock(copy, this.leftOf(row, i), this.rightOf(row, i));
    return copy;
  }

  free(row: number): void {
    this.nextFree[row] = this.firstFree;
    this.firstFree = row;
  }

  addBlock(row: number, left: number, right: number): void {
    const block = this.blockCount[row] as number;
    this.blockCount[row] = block + 1;
    const at = 2 * (row * MAX_SACK_BLOCKS + block);
    this.edges[at] = left;
    this.edges[at + 1] = right;
  }

  leftOf(row: number, block: number): number {
    return this.edges[2 * (row * MAX_SACK_BLOCKS + block)] as number;
  }

  rightOf(row: number, block: number): number {
    return this.edges[2 * (row * MAX_SACK_BLOCKS + block) + 1] as number;
  }

  private grow(): void {
    const capacity = 2 * this.nextFree.length;
    this.mssBytes = widen(this.mssBytes, capacity);
    this.windowShift = widen(this.windowShift, capacity);
    this.sackPermitted = widen(this.sackPermitted, capacity);
    this.blockCount = widen(this.blockCount, capacity);
    this.edges = widen(this.edges, 2 * MAX_SACK_BLOCKS * capacity);
    this.nextFree = widen(this.nextFree, capacity);
  }
}
