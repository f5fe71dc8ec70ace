/** 32 KB: a token's spellings, some five thousand pieces, set four bits in a hundred. */
const BITS = 2 ** 18
/** Of a hash's 32 bits the high 18, the well mixed ones, choose the bit. */
const SPARE_BITS = 14
/** Odd, so that no bit of a character is lost; any such numbers do. */
const BASE = 0x01000193
const OTHER_BASE = 0x9e3779b1

/**
 * Tells in one walk where a text may hold a piece of long texts: every `length`-th piece of them is remembered by a hash, and
 * any stretch of twice the length, less one, holds such a piece whole. It misses none and shows a few that are none. Every
 * line of every conversation goes through it, so it is asked before the long texts themselves are searched.
 */
export class FragmentFilter {
  readonly #bits = new Uint32Array(BITS / 32)
  readonly #leaving: number

  constructor(
    texts: readonly string[],
    private readonly length: number,
  ) {
    let power = 1
    for (let at = 1; at < length; at++) power = Math.imul(power, BASE)
    this.#leaving = power
    for (const text of texts)
      for (let at = 0; at + length <= text.length; at += length) this.#remember(this.#hash(text, at))
  }

  forEachMatch(text: string, onMatch: (at: number) => void): void {
    const { length } = this
    if (text.length < length) return
    let hash = this.#hash(text, 0)
    for (let at = 0; ; at++) {
      if (this.#knows(hash)) onMatch(at)
      if (at + length >= text.length) return
      const rest = hash - Math.imul(text.charCodeAt(at), this.#leaving)
      hash = (Math.imul(rest, BASE) + text.charCodeAt(at + length)) | 0
    }
  }

  #hash(text: string, from: number): number {
    let hash = 0
    for (let at = from; at < from + this.length; at++) hash = (Math.imul(hash, BASE) + text.charCodeAt(at)) | 0
    return hash
  }

  #remember(hash: number): void {
    for (const slot of [hash >>> SPARE_BITS, Math.imul(hash, OTHER_BASE) >>> SPARE_BITS])
      this.#bits[slot >>> 5] = (this.#bits[slot >>> 5] ?? 0) | (1 << (slot & 31))
  }

  #knows(hash: number): boolean {
    return this.#isSet(hash >>> SPARE_BITS) && this.#isSet(Math.imul(hash, OTHER_BASE) >>> SPARE_BITS)
  }

  #isSet(slot: number): boolean {
    return ((this.#bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
  }
}
