/** 32 KB. The spellings of a token, about five thousand fragments, set four percent of the bits. */
const BITS = 2 ** 18
/** The high 18 of a hash's 32 bits select the bit, because they are mixed best. */
const SPARE_BITS = 14
/** Any odd numbers. With an even one bits of a character would be lost. */
const BASE = 0x01000193
const OTHER_BASE = 0x9e3779b1

/**
 * Finds in one pass where a text may contain a fragment of long texts (a Bloom filter with a rolling hash). Every `length`-th fragment of
 * the long texts is added by its hash, and any stretch of twice the length, less one, contains such a fragment. The filter misses no
 * fragment and reports a few false ones. It runs before the long texts are searched, since every line of every conversation passes it.
 */
export class FragmentFilter {
  readonly #bits = new Uint32Array(BITS / 32)
  readonly #leaving: number

  constructor(
    texts: readonly string[],
    private readonly length: number,
  ) {
    let power = 1
    for (let index = 1; index < length; index++) power = Math.imul(power, BASE)
    this.#leaving = power
    for (const text of texts)
      for (let offset = 0; offset + length <= text.length; offset += length) this.#remember(this.#hash(text, offset))
  }

  forEachMatch(text: string, onMatch: (at: number) => void): void {
    const { length } = this
    if (text.length < length) return
    let hash = this.#hash(text, 0)
    for (let offset = 0; ; offset++) {
      if (this.#knows(hash)) onMatch(offset)
      if (offset + length >= text.length) return
      const rest = hash - Math.imul(text.charCodeAt(offset), this.#leaving)
      hash = (Math.imul(rest, BASE) + text.charCodeAt(offset + length)) | 0
    }
  }

  #hash(text: string, from: number): number {
    let hash = 0
    for (let offset = from; offset < from + this.length; offset++)
      hash = (Math.imul(hash, BASE) + text.charCodeAt(offset)) | 0
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
