import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { cookieIn } from '../kernel/cookie-in'
import type { SignInSettings } from './settings'
import type { OperatorRecord } from './store/operators'
import type { CookieToSet } from './terms'

const DEVICE_DAYS = 180
const DEVICE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

type CookieSettings = Pick<SignInSettings, 'cookies' | 'secret'>

const signatureOf = (value: string, secret: string): string =>
  createHmac('sha256', secret).update(value).digest('base64')

export const signedCookie = (
  { cookies, secret }: CookieSettings,
  name: string,
  value: string,
  maxAgeSeconds: number,
): CookieToSet => ({
  name,
  value: `${value}.${signatureOf(value, secret.reveal())}`,
  maxAgeSeconds,
  secure: cookies.secure,
})

/** The value of a cookie that we signed, or null if it is missing or has another signature. */
export function signedValue(headers: Headers, name: string, secret: string): string | null {
  const raw = cookieIn(headers.get('cookie'), name)
  if (raw === null) return null
  let text: string
  try {
    text = decodeURIComponent(raw)
  } catch {
    return null
  }
  const dot = text.lastIndexOf('.')
  if (dot <= 0) return null
  const signature = Buffer.from(text.slice(dot + 1))
  const expected = Buffer.from(signatureOf(text.slice(0, dot), secret))
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? text.slice(0, dot) : null
}

/** The operator of a browser, with the password hash: after a change of the password no browser counts as known. */
type DeviceOwner = Pick<OperatorRecord, 'id' | 'passwordHash'>

const deviceMac = ({ secret }: CookieSettings, { id, passwordHash }: DeviceOwner, nonce: string): string =>
  createHmac('sha256', secret.reveal())
    .update(JSON.stringify(['known-device', id, passwordHash, nonce]))
    .digest('base64url')

/** Marks this browser as one that the operator has signed in with, so that guessing by others does not lock it out. */
export function newDevice(settings: CookieSettings, owner: DeviceOwner): CookieToSet {
  const { device: name, secure } = settings.cookies
  const nonce = randomBytes(16).toString('base64url')
  const value = `${nonce}.${deviceMac(settings, owner, nonce)}`
  return { name, value, maxAgeSeconds: DEVICE_DAYS * 24 * 60 * 60, secure }
}

/** The mark of this browser, if this operator has signed in with it. */
export function knownDevice(headers: Headers, settings: CookieSettings, owner: DeviceOwner): string | null {
  const [, nonce = '', mac = ''] = DEVICE.exec(cookieIn(headers.get('cookie'), settings.cookies.device) ?? '') ?? []
  if (nonce === '') return null
  const ours = Buffer.from(deviceMac(settings, owner, nonce))
  return timingSafeEqual(ours, Buffer.from(mac)) ? nonce : null
}

export const removed = ({ cookies }: CookieSettings, of: 'session' | 'challenge'): CookieToSet => ({
  name: cookies[of],
  value: '',
  maxAgeSeconds: 0,
  secure: cookies.secure,
})
