import { isAscii } from 'node:buffer'
import type { Composed, LongText } from './contracts'
import { reEncode } from './re-encode'

/** Whether a text is declared as 8BITMIME. A long one is not read only to find out: to declare it is right for any text (RFC 6152). */
export const mayHaveEightBits = (bytes: Buffer | LongText): boolean => !Buffer.isBuffer(bytes) || !isAscii(bytes)

/** Encodes a message for a server without 8BITMIME. Null if it has octets over 127 and cannot be encoded. */
export async function inSevenBits(message: Composed): Promise<Composed | null> {
  if (await isSevenBit(message.bytes)) return message
  const encoded = reEncode(await whole(message.bytes), 'eight-bits')
  return encoded && { ...message, bytes: encoded }
}

async function isSevenBit(bytes: Buffer | LongText): Promise<boolean> {
  if (Buffer.isBuffer(bytes)) return isAscii(bytes)
  for await (const piece of bytes.pieces()) if (!isAscii(piece)) return false
  return true
}

async function whole(bytes: Buffer | LongText): Promise<Buffer> {
  if (Buffer.isBuffer(bytes)) return bytes
  const pieces: Buffer[] = []
  for await (const piece of bytes.pieces()) pieces.push(piece)
  return Buffer.concat(pieces)
}
