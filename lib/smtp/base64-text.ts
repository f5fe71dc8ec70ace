import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** A text of many MiB in one piece would need its size several times over, and would delay everything else. */
const SLICE_OCTETS = 76 * 1024
const PADDING = 0x3d

function* slicesOf(text: Buffer): Generator<string> {
  for (let offset = 0; offset < text.length; offset += SLICE_OCTETS)
    yield text.toString('latin1', offset, offset + SLICE_OCTETS)
}

/** Whether a text is base64 with padding (RFC 4648 §4). It is encoded again and compared, because a decoder skips what is no base64. */
export function isBase64(text: Buffer): boolean {
  const padding = text.indexOf(PADDING)
  if (padding >= 0 && padding < text.length - 2) return false
  const bytes = Buffer.allocUnsafe(SLICE_OCTETS)
  for (const slice of slicesOf(text))
    if (bytes.toString('base64', 0, bytes.write(slice, 'base64')) !== slice) return false
  return true
}

/** Decodes a text in base64, a slice at a time, so that other work happens in between. */
export const decodedBase64 = (text: Buffer): Readable =>
  Readable.from(
    (async function* () {
      for (const slice of slicesOf(text)) {
        yield Buffer.from(slice, 'base64')
        await nextTurn()
      }
    })(),
  )
