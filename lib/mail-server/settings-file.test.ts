import { expect, test } from 'vitest'
import { BUILT_IN_CLOUDS } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import { NOTHING_MORE } from '../validation/host-name'
import { parse } from './fields'
import { readSettingsFile, settingsDocument } from './settings-file'
import type { MailServerView } from './view'

const deployment = { clouds: BUILT_IN_CLOUDS, allowance: NOTHING_MORE, plaintextAllowed: false }
const SECRET = 'Xy8Q~canary-Client-Secret.0123456789'
const places = {
  env: (name: string) => (name === 'CLIENT_SECRET' ? new Redacted(SECRET) : null),
  file: (path: string) => (path === '/run/secrets/smtp' ? new Redacted('smtp password') : null),
}
const storedExpiry = new Date('2027-05-01T00:00:00Z')
const read = (file: unknown) =>
  readSettingsFile(typeof file === 'string' ? file : JSON.stringify(file), {
    parse: (raw) => parse({ deployment }, raw),
    places,
    storedExpiry,
  })

const oauth = {
  type: 'exchange-online-oauth2',
  cloud: 'global',
  senderAddress: 'noreply@contoso.example',
  senderName: 'Contoso',
  allowIndividualSenders: false,
  tenantId: 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10',
  clientId: '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60',
  credential: { kind: 'secret', value: { env: 'CLIENT_SECRET' }, expiresAt: '2027-12-31' },
}
const smtp = {
  type: 'smtp',
  host: 'mail.contoso.example',
  port: 587,
  security: 'starttls',
  senderAddress: 'noreply@contoso.example',
  senderName: '',
  allowIndividualSenders: true,
  login: { username: 'noreply', password: { file: '/run/secrets/smtp' } },
}

test('both shapes of the contract are read, the secret from its place', () => {
  const first = read(oauth)
  expect(first).toMatchObject({
    ok: true,
    value: { settings: { tenantId: oauth.tenantId }, secretExpiresAt: new Date('2027-12-31') },
  })
  expect(first.ok && first.value.secret.kind === 'replace' && first.value.secret.value.reveal()).toBe(SECRET)
  const second = read(smtp)
  expect(second).toMatchObject({ ok: true, value: { settings: { username: 'noreply', allowIndividualSenders: true } } })
  expect(second.ok && second.value.secret.kind === 'replace' && second.value.secret.value.reveal()).toBe(
    'smtp password',
  )
})

test('an absent secret keeps the stored one and its date; no login at all is no authentication', () => {
  const { credential: _, ...without } = oauth
  expect(read(without)).toMatchObject({ ok: true, value: { secret: { kind: 'keep' }, secretExpiresAt: storedExpiry } })
  expect(read({ ...oauth, credential: { kind: 'secret' } })).toMatchObject({
    ok: true,
    value: { secret: { kind: 'keep' } },
  })
  expect(read({ ...oauth, credential: { kind: 'secret', expiresAt: null } })).toMatchObject({
    ok: true,
    value: { secretExpiresAt: null },
  })
  expect(read({ ...smtp, login: { username: 'noreply' } })).toMatchObject({
    ok: true,
    value: { secret: { kind: 'keep' } },
  })
  const { login: __, ...open } = smtp
  expect(read(open)).toMatchObject({ ok: true, value: { settings: { username: null }, secret: { kind: 'none' } } })
})

test('a new secret without a date does not get the date of the stored one', () => {
  const credential = { kind: 'secret', value: { env: 'CLIENT_SECRET' } }
  expect(read({ ...oauth, credential })).toMatchObject({ ok: true, value: { secretExpiresAt: null } })
})

test('W-03 of a long name in the file 200 characters are repeated', () => {
  const long = 'x'.repeat(1_000)
  const answer = read({ ...oauth, [long]: 1, credential: { kind: 'secret', value: { env: long } } })
  const short = 'x'.repeat(200)
  expect(answer.ok ? null : { ...answer.error }).toEqual({
    [short]: { key: 'choice.unknownField' },
    'credential.value': { key: 'file.secretEnv', params: { name: short } },
  })
})

test.each([
  ['{', 'file'],
  ['[]', 'file'],
  [{ ...oauth, tenantId: 'contoso' }, 'tenantId'],
  [{ ...oauth, host: 'x' }, 'host'],
  [{ ...oauth, clientSecret: SECRET }, 'clientSecret'],
  [{ ...oauth, version: 3 }, 'version'],
  [{ ...oauth, credential: { kind: 'secret', value: SECRET } }, 'credential.value'],
  [{ ...oauth, credential: { kind: 'secret', value: { env: 'NOT_SET' } } }, 'credential.value'],
  [{ ...oauth, credential: { kind: 'secret', value: { env: 'CLIENT_SECRET', file: 'x' } } }, 'credential.value'],
  [{ ...oauth, credential: { kind: 'secret', value: null } }, 'credential.value'],
  [{ ...oauth, credential: { kind: 'secret', value: { vault: 'x' } } }, 'credential.value'],
  [{ ...oauth, credential: { kind: 'secret', clientSecret: SECRET } }, 'credential.clientSecret'],
  [{ ...oauth, credential: SECRET }, 'credential'],
  [{ ...oauth, credential: { kind: 'certificate' } }, 'credential.kind'],
  [{ ...oauth, credential: { kind: 'secret', expiresAt: '31.12.2027' } }, 'credential.expiresAt'],
  [{ ...smtp, port: '00587' }, 'port'],
  [{ ...smtp, security: 'none' }, 'security'],
  [{ ...smtp, login: { username: '' } }, 'login.username'],
  [{ ...smtp, login: { username: 'x', password: { file: '/etc/shadow' } } }, 'login.password'],
  [{ ...smtp, login: { username: 'x', secret: SECRET } }, 'login.secret'],
  [{ ...smtp, login: null }, 'login'],
  [{ type: 'sendmail' }, 'type'],
  ['{"type":"smtp","__proto__":{"host":"x"}}', '__proto__'],
] as const)('W-03 R-20 %j is refused at %s, and no secret is repeated', (file, at) => {
  const answer = read(file)
  expect(answer.ok).toBe(false)
  if (answer.ok) return
  expect(Object.keys(answer.error)).toContain(at)
  expect(JSON.stringify(answer.error)).not.toContain(SECRET)
})

test.each([
  ['client-secret', 'secret'],
  ['certificate', 'certificate'],
  ['managed-identity', 'managed-identity'],
])('a stored %s is a %s in the form of the file', (kind, inFile) => {
  const settings = { ...oauth, type: 'exchange-online-oauth2', credential: undefined } as const
  const view = { secret: { set: true, kind, expiresAt: null } } as MailServerView
  expect(settingsDocument(settings, view).credential).toMatchObject({ kind: inFile })
})
