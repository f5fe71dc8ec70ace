import { type WireSafe, wireSafe } from '../../lib/smtp/wire-safe'

/** For tests only: a text, or bytes, that may follow DATA. */
export function checked(content: string | Buffer): WireSafe {
  const bytes = wireSafe(Buffer.from(content))
  if (!bytes.ok) throw new Error(bytes.error)
  return bytes.value
}
