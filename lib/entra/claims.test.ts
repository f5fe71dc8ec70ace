import { expect, test } from 'vitest'
import { Redacted } from '../kernel/redacted'
import { readClaims } from './claims'

const token = (bearer: string) => ({
  bearer: new Redacted(bearer),
  requestedMs: 0,
  expiresAt: new Date(0),
  peerDate: null,
})
const jwt = (claims: unknown) =>
  token(
    ['{"alg":"RS256"}', JSON.stringify(claims), 'sig'].map((part) => Buffer.from(part).toString('base64url')).join('.'),
  )

test('the claims that diagnosis reads, and no others', () => {
  expect(
    readClaims(
      jwt({
        aud: 'https://outlook.office365.com',
        tid: 't',
        appid: 'a',
        oid: 'o',
        roles: ['SMTP.SendAsApp'],
        nbf: 1_795_521_600,
        exp: 1_795_525_200,
        xms_cc: ['x'],
      }),
    ),
  ).toEqual({
    aud: 'https://outlook.office365.com',
    tid: 't',
    appid: 'a',
    oid: 'o',
    roles: ['SMTP.SendAsApp'],
    scp: null,
    notBefore: new Date(1_795_521_600_000),
    expiresAt: new Date(1_795_525_200_000),
  })
})

test('a token of the second version names its application by azp', () => {
  expect(readClaims(jwt({ azp: 'a' }))).toMatchObject({ appid: 'a', roles: [] })
})

test('wrong types are no claims, and control characters do not reach a page', () => {
  expect(readClaims(jwt({ aud: ['x'], roles: ['a', 1, null], exp: 'soon', nbf: 1e300, oid: 'a\u001bb' }))).toEqual({
    aud: null,
    tid: null,
    appid: null,
    oid: 'a\\u001bb',
    roles: ['a'],
    scp: null,
    notBefore: null,
    expiresAt: null,
  })
})

test.each(['opaque', 'a.b', 'a.b.c', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'a.b.c.d.e'])(
  'an opaque token is no fault: %s',
  (bearer) => {
    expect(readClaims(token(bearer))).toBeNull()
  },
)
