import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { cookieIn } from '../kernel/cookie-in'
import { CLIENT_HEADER } from './auth'
import type { CookieNames } from './settings'
import type { OperatorRecord } from './store'
import type { Call, CookieToSet } from './terms'

const USER_AGENT_CHARS_MAX = 200
const DEVICE_DAYS = 180
const DEVICE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** The headers that the library receives of a request: the one cookie of this step, the shortened user agent, and the caller's address as determined by us. */
export function headersFor(call: Call, cookieName: string | null): Headers {
  const headers = new Headers()
  const value = cookieName === null ? null : cookieIn(call.headers.get('cookie'), cookieName)
  if (cookieName !== null && value !== null) headers.set('cookie', `${cookieName}=${value}`)
  headers.set('user-agent', (call.headers.get('user-agent') ?? '').slice(0, USER_AGENT_CHARS_MAX))
  if (call.origin.address !== null) headers.set(CLIENT_HEADER, call.origin.address)
  return headers
}

/** The library's `Set-Cookie` headers as data. Only our own names pass, and the last of a name wins. */
export function cookiesFrom(headers: Headers, names: CookieNames): CookieToSet[] {
  const cookies = new Map<string, CookieToSet>()
  for (const line of headers.getSetCookie()) {
    const [pair = '', ...attributes] = line.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    if (name !== names.session && name !== names.challenge) continue
    const maxAge = attributes.map((text) => /^\s*max-age=(\d+)\s*$/i.exec(text)?.[1]).find((text) => text !== undefined)
    cookies.set(name, {
      name,
      value: decodeURIComponent(pair.slice(name.length + 1)),
      maxAgeSeconds: maxAge === undefined ? null : Number(maxAge),
      secure: names.secure,
    })
  }
  return [...cookies.values()]
}

/** The token of a new session cookie, to find its row. */
export function sessionTokenIn(cookies: readonly CookieToSet[], names: CookieNames): string | null {
  const cookie = cookies.find(({ name, maxAgeSeconds }) => name === names.session && maxAgeSeconds !== 0)
  return cookie ? cookie.value.slice(0, cookie.value.lastIndexOf('.')) : null
}

/** The value of a cookie that the library signed, or null if it is missing or has another signature. */
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
  const expected = Buffer.from(createHmac('sha256', secret).update(text.slice(0, dot)).digest('base64'))
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? text.slice(0, dot) : null
}

/** The operator of a browser, with the password hash: after a change of the password no browser counts as known. */
type DeviceOwner = Pick<OperatorRecord, 'id' | 'passwordHash'>

const deviceMac = (secret: string, { id, passwordHash }: DeviceOwner, nonce: string): string =>
  createHmac('sha256', secret)
    .update(JSON.stringify(['known-device', id, passwordHash, nonce]))
    .digest('base64url')

/** Marks this browser as one that the operator has signed in with, so that guessing by others does not lock it out. */
export function newDevice(names: CookieNames, secret: string, owner: DeviceOwner): CookieToSet {
  const nonce = randomBytes(16).toString('base64url')
  return {
    name: names.device,
    value: `${nonce}.${deviceMac(secret, owner, nonce)}`,
    maxAgeSeconds: DEVICE_DAYS * 24 * 60 * 60,
    secure: names.secure,
  }
}

/** The mark of this browser, if this operator has signed in with it. */
export function knownDevice(headers: Headers, names: CookieNames, secret: string, owner: DeviceOwner): string | null {
  const [, nonce = '', mac = ''] = DEVICE.exec(cookieIn(headers.get('cookie'), names.device) ?? '') ?? []
  if (nonce === '') return null
  const ours = Buffer.from(deviceMac(secret, owner, nonce))
  return timingSafeEqual(ours, Buffer.from(mac)) ? nonce : null
}

export const removed = (names: CookieNames, name: string): CookieToSet => ({
  name,
  value: '',
  maxAgeSeconds: 0,
  secure: names.secure,
})
