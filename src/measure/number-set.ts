/** A set of small whole numbers (connections of a flow) as a bitmap that grows with the largest one. */
export class NumberSet {
  private words = new Uint32Array(0);
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(number: number): void {
    const word = number >>> 5;
    if (word >= this.words.length) this.grow(word);
    const before = this.words[word] as number;
    const after = (before | (1 << (number & 31))) >>> 0;
    if (after === before) return;
    this.words[word] = after;
    this.count += 1;
  }

  delete(number: number): void {
    const word = number >>> 5;
    const before = this.words[word] ?? 0;
    const after = (before & ~(1 << (number & 31))) >>> 0;
    if (after === before) return;
    this.words[word] = after;
    this.count -= 1;
  }

  private grow(word: number): void {
    const words = new Uint32Array(Math.max(word + 1, 2 * this.words.length));
    words.set(this.words);
    this.words = words;
  }
}
