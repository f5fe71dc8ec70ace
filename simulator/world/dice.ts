/** Returns a number below `sides`. */
export type Dice = (sides: number) => number

/** A deterministic random generator, seeded by these texts: FNV-1a, then mulberry32. Fast, and not for secrets. */
export function dice(...seeds: (string | number)[]): Dice {
  let state = 0x811c9dc5
  const text = seeds.join(' ')
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides)
  }
}

/** A text of `count` digits. */
export const digits = (throws: Dice, count: number, signs = '0123456789abcdef'): string =>
  Array.from({ length: count }, () => signs[throws(signs.length)]).join('')
