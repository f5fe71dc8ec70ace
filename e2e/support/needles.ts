/** A secret and its name, to say what leaked without printing it. */
export interface Canary {
  name: string
  secret: string
}

/** Shorter spellings would be found by chance. */
const SHORTEST = 8

/** Every spelling in which a secret may turn up: raw, JSON, percent, form, hex, reversed, base64 at each alignment. */
export function needles(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const spellings = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    [...secret].reverse().join(''),
  ])
  for (const shift of [0, 1, 2]) {
    const core = base64Core(bytes, shift)
    spellings.add(core)
    spellings.add(core.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return [...spellings].filter((spelling) => spelling.length >= SHORTEST)
}

/** The characters of a base64 text that depend on the secret alone when `shift` bytes precede it. */
function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const from = Math.ceil((shift * 8) / 6)
  const whole = (bytes.length + shift) % 3 === 0
  return text.slice(from, whole ? text.length : -1)
}

/** A JSON Web Token: what Entra issues. Our own sealed texts (JWE) have an empty second part and do not match. */
const BEARER = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\./

/** Wherever a spelling is in a text, four bytes of its first eight are at a multiple of this. */
const STEP = SHORTEST - 3

/**
 * `<place>: <secret>` for every secret that a captured text holds in any spelling. All spellings are sought at once, since hundreds of
 * them are in a hundred megabytes.
 */
export function leaks(
  captured: Iterable<readonly [place: string, text: string]>,
  canaries: readonly Canary[],
): string[] {
  const byFour = new Map<number, { name: string; spelling: Buffer; at: number }[]>()
  for (const { name, secret } of canaries)
    for (const spelling of needles(secret).map((each) => Buffer.from(each)))
      for (let at = 0; at < STEP; at++) {
        const four = spelling.readUInt32LE(at)
        byFour.set(four, [...(byFour.get(four) ?? []), { name, spelling, at }])
      }
  const leaked: string[] = []
  for (const [place, text] of captured) {
    const bytes = Buffer.from(text)
    const names = new Set<string>()
    for (let from = 0; from + 4 <= bytes.length; from += STEP)
      for (const { name, spelling, at } of byFour.get(bytes.readUInt32LE(from)) ?? [])
        if (from >= at && bytes.subarray(from - at, from - at + spelling.length).equals(spelling)) names.add(name)
    leaked.push(...[...names].map((name) => `${place}: ${name}`))
    if (BEARER.test(text)) leaked.push(`${place}: an access token`)
  }
  return leaked
}
