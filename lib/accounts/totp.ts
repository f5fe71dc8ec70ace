import { createHmac, timingSafeEqual } from 'node:crypto'

/** RFC 6238 with the values of every authenticator app: SHA-1, six digits, steps of 30 seconds. */
const STEP_SECONDS = 30
const DIGITS = 6
/** One step early or late, for clocks that differ. */
const STEPS_ASIDE = 1

/** RFC 4226 §5.3. */
export function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The time step a code belongs to, or null when it is not a code of about now. Each step counts once. */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const current = Math.floor(now.getTime() / 1000 / STEP_SECONDS)
  let match: number | null = null
  for (let step = current - STEPS_ASIDE; step <= current + STEPS_ASIDE; step += 1) {
    if (timingSafeEqual(Buffer.from(codeOfStep(secret, step)), Buffer.from(code))) match = step
  }
  return match
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6 without padding, as authenticator apps take it. */
export function base32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** The content of the QR code, and the same seed for typing. */
export function totpUri(issuer: string, account: string, seed: string): { uri: string; secret: string } {
  const secret = base32(Buffer.from(seed, 'utf8'))
  const query = new URLSearchParams({ secret, issuer, digits: String(DIGITS), period: String(STEP_SECONDS) })
  return { uri: `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(account)}?${query}`, secret }
}
