/** Throws a die of so many sides. */
export type Dice = (sides: number) => number

/** Numbers that look random and follow from these words alone: FNV-1a, then mulberry32. Cheap, and no secret to anyone. */
export function dice(...words: (string | number)[]): Dice {
  let state = 0x811c9dc5
  const text = words.join(' ')
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides)
  }
}

/** So many digits of these signs. */
export const digits = (throws: Dice, count: number, signs = '0123456789abcdef'): string =>
  Array.from({ length: count }, () => signs[throws(signs.length)]).join('')
