import { expect, test } from 'vitest'
import type { TokenClaims } from '../kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { judgeClaims } from './claims'

const [cloud] = BUILT_IN_CLOUDS as [Cloud]
const now = new Date('2026-11-24T16:00:00Z')
const at = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const tenantId = '9b1d8a5e-2c44-4d8e-9c1a-0d6f8f0a1b2c'
const good: TokenClaims = {
  aud: 'https://outlook.office365.com',
  tid: tenantId,
  appid: '5f2c7f40-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  oid: 'c0ffee00-3d1e-4b6a-8f5d-7e9a1c2b3d4e',
  roles: ['SMTP.SendAsApp'],
  scp: null,
  notBefore: at(-5),
  expiresAt: at(70),
}
const verdict = (claims: TokenClaims | null, expected: { tenantId?: string; peerDate?: Date | null } = {}): string => {
  const judged = judgeClaims(claims, { cloud, tenantId, now, peerDate: now, ...expected })
  if (judged.state === 'failed') return judged.diagnosis.code
  return judged.state === 'warned' ? `warned ${judged.reason}` : 'passed'
}

test.each<[what: string, change: Partial<TokenClaims>, said: string]>([
  ['as they should be', {}, 'passed'],
  ['the other name of Exchange Online', { aud: 'https://outlook.office.com/' }, 'passed'],
  ['Exchange Online by its application id', { aud: '00000002-0000-0ff1-ce00-000000000000' }, 'passed'],
  ['Graph', { aud: 'https://graph.microsoft.com' }, 'token-wrong-audience'],
  ['Graph by its application id', { aud: '00000003-0000-0000-c000-000000000000' }, 'token-wrong-audience'],
  ['Exchange of another cloud', { aud: 'https://outlook.office365.us' }, 'token-wrong-audience'],
  ['a host that only begins alike', { aud: 'https://outlook.office365.com.evil.example' }, 'token-wrong-audience'],
  ['no audience', { aud: null }, 'token-wrong-audience'],
  ['the tenant in capitals', { tid: tenantId.toUpperCase() }, 'passed'],
  ['another tenant', { tid: '00000000-1111-4222-8333-444444444444' }, 'token-wrong-tenant'],
  ['no tenant', { tid: null }, 'token-wrong-tenant'],
  ['a user', { scp: 'SMTP.Send' }, 'token-delegated'],
  ['no role', { roles: [] }, 'warned role-missing'],
  ['another role', { roles: ['IMAP.AccessAsApp'] }, 'warned role-wrong'],
  ['a role among others', { roles: ['Mail.Send', 'SMTP.SendAsApp'] }, 'passed'],
  ['early by 5 minutes, as drift is', { notBefore: at(5) }, 'passed'],
  ['no dates', { notBefore: null, expiresAt: null }, 'passed'],
])('claims: %s', (_, change, said) => {
  expect(verdict({ ...good, ...change })).toBe(said)
})

test('a token that cannot be decoded, or has no claims, is a warning and does not end the test', () => {
  expect(verdict(null)).toBe('warned undecodable')
  const nothing = {
    aud: null,
    tid: null,
    appid: null,
    oid: null,
    roles: [],
    scp: null,
    notBefore: null,
    expiresAt: null,
  }
  expect(verdict(nothing)).toBe('warned undecodable')
})

test('a tenant that is configured by its domain is not compared with the token', () => {
  expect(verdict(good, { tenantId: 'contoso.example' })).toBe('passed')
})

test.each<[what: string, dates: Partial<TokenClaims>, peerDate: Date | null, said: string]>([
  ['not valid yet, clocks apart', { notBefore: at(60) }, at(60), 'clock-wrong'],
  ['expired on arrival, clocks apart', { expiresAt: at(-1) }, at(-80), 'clock-wrong'],
  ['expired on arrival, clocks exactly 5 minutes apart', { expiresAt: at(-1) }, at(-5), 'token-reply-invalid'],
  ['expired on arrival, clocks agree', { expiresAt: at(-1) }, now, 'token-reply-invalid'],
  ['valid much later, clocks agree', { notBefore: at(30) }, now, 'token-reply-invalid'],
  ['expired on arrival, no clock told', { expiresAt: at(0) }, null, 'token-reply-invalid'],
  ['good dates, clocks apart', {}, at(30), 'passed'],
])('dates: %s', (_, dates, peerDate, said) => {
  expect(verdict({ ...good, ...dates }, { peerDate })).toBe(said)
})

test('a failed verdict has the stage claims and names the claim', () => {
  const judged = judgeClaims({ ...good, aud: 'https://graph.microsoft.com' }, { cloud, tenantId, now, peerDate: null })
  expect(judged).toMatchObject({
    state: 'failed',
    diagnosis: { stage: 'claims', retry: 'no', evidence: 'aud: https://graph.microsoft.com' },
  })
})
