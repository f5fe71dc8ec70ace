/** The few pieces of DER (ITU-T X.690) that a certificate is written in. */

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size])
  const bytes = Buffer.from(size.toString(16).padStart(size > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

/** Content under `tag`, at most 65,535 bytes: a certificate is far smaller. */
export function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

export const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts)
export const set = (...parts: Buffer[]): Buffer => tagged(0x31, ...parts)
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]))
export const octets = (content: Buffer): Buffer => tagged(0x04, content)
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text))
export const explicit = (number: number, content: Buffer): Buffer => tagged(0xa0 | number, content)
export const bits = (content: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content)

/** A positive integer: one leading zero byte where the first bit would make it negative. */
export function integer(bytes: Buffer): Buffer {
  return tagged(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes)
}

/** An object identifier such as `2.5.29.17`. */
export function oid(finalDotSent: string): Buffer {
  const [first = 0, second = 0, ...rest] = finalDotSent.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const sevens = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) sevens.unshift((left & 0x7f) | 0x80)
    return sevens
  })
  return tagged(0x06, Buffer.from(bytes))
}

/** GeneralizedTime carries any year; certificates before 2050 must use UTCTime (RFC 5280 §4.1.2.5). */
export function utcTime(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\.\d+Z$/g, '')
  return tagged(0x17, Buffer.from(`${digits.slice(2)}Z`))
}
