import { expect, test } from 'vitest'
import { Redacted } from '../kernel/redacted'
import { signedCookie, signedValue } from './cookies'
import { cookieNames } from './settings'

const SECRET = 'a secret of the deployment, long enough'
const NAME = '__Host-postroom'
const TOKEN = 'aVerSi0nBeforeTokenOf32Character'
/** As better-auth 1.7.25 signed it and a browser returns it. */
const COOKIE_BEFORE = `${TOKEN}.h13VbpE8d9%2BpwpxEPyK6Hqaj51lRLVeUqgGf%2Fh%2F5DDg%3D`

const valueIn = (cookies: string, secret = SECRET) => signedValue(new Headers({ cookie: cookies }), NAME, secret)
const cookieValue = (raw: string, secret?: string) => valueIn(`${NAME}=${raw}`, secret)

test('A-07 a cookie is signed as an earlier version signed it, and counts under the same secret only', () => {
  const cookies = cookieNames(new URL('https://postroom.contoso.example'))
  if (!cookies) throw new Error('no cookies')
  const signed = signedCookie({ cookies, secret: new Redacted(SECRET) }, NAME, TOKEN, 60)
  expect(signed).toEqual({ name: NAME, value: decodeURIComponent(COOKIE_BEFORE), maxAgeSeconds: 60, secure: true })
  expect([cookieValue(COOKIE_BEFORE), cookieValue(signed.value)]).toEqual([TOKEN, TOKEN])
  expect(cookieValue(COOKIE_BEFORE, `${SECRET} `)).toBeNull()
})

test('A-07 a cookie with any other byte in any place, or one more or less, is none', () => {
  const text = decodeURIComponent(COOKIE_BEFORE)
  for (let at = 0; at < text.length; at += 1) {
    const [before, after] = [text.slice(0, at), text.slice(at + 1)]
    for (const byte of ['', 'A', 'b', '0', '.', '=', '%00', '%0A', '%2E', '%C3%A4', '%F0%9F%92%A9', 'é', '"']) {
      if (byte === text[at] || decodeURIComponent(byte) === text[at]) continue
      expect(cookieValue(`${before}${byte}${after}`), `${byte} at ${at}`).toBeNull()
    }
  }
  for (const more of ['A', '=', '.', '%20', '%00']) {
    expect(cookieValue(`${text}${more}`), more).toBeNull()
    expect(cookieValue(`${more}${text}`), more).toBeNull()
  }
})

test.each(['', '.', 'a', 'a.', '.a', '%', '%E0%A4%A', '%FF', `.${'A'.repeat(44)}`, 'a.'.repeat(5_000)])(
  'A-07 %o is no signed cookie',
  (raw) => expect(cookieValue(raw)).toBeNull(),
)

test('A-07 of several cookies of one name the first counts, and one beyond the first 16,384 characters does not', () => {
  expect(valueIn(`other=1; ${NAME}=${COOKIE_BEFORE}; ${NAME}=planted`)).toBe(TOKEN)
  expect(valueIn(`${NAME}=planted; ${NAME}=${COOKIE_BEFORE}`)).toBeNull()
  expect(valueIn(`${NAME}x=${COOKIE_BEFORE}`)).toBeNull()
  expect(valueIn(`pad=${'x'.repeat(16_384)}; ${NAME}=${COOKIE_BEFORE}`)).toBeNull()
})
