import { expect, test } from 'vitest'
import { processorMs } from '../../tests/support/processor-time'
import { assist } from './assist'
import { readBlock, readPasted, tidied } from './paste'

const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const OBJECT = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
const SECRET_ID = '0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0'
const SECRET = 'Xy8Q~0aBcDeFgHiJkLmNoPqRsTuVwXyZ.-_12345'
const nothingKnown = { tenantId: null, clientId: null, objectId: null }

const portal = `Display name: Postroom\nApplication (client) ID: ${CLIENT}\nObject ID: ${OBJECT}\nDirectory (tenant) ID: ${TENANT}`

test.each([
  [
    'az ad sp create-for-rbac',
    JSON.stringify({ appId: CLIENT, displayName: 'Postroom', password: SECRET, tenant: TENANT }, null, 2),
    { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET },
  ],
  [
    'the same with a warning before it',
    `WARNING: The output includes credentials\n{"appId":"${CLIENT}","password":"${SECRET}","tenant":"${TENANT}"}`,
    { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET },
  ],
  [
    'Get-ServicePrincipal | fl',
    `DisplayName : Postroom\r\nAppId       : ${CLIENT}\r\nObjectId    : ${OBJECT}\r\nSid         : S-1-5-21-1\r\n`,
    { clientId: CLIENT, objectId: OBJECT },
  ],
  ['the portal in English', portal, { tenantId: TENANT, clientId: CLIENT, objectId: OBJECT }],
  [
    'the portal, values on their own lines',
    portal.replaceAll(': ', '\n'),
    { tenantId: TENANT, clientId: CLIENT, objectId: OBJECT },
  ],
  [
    'the portal, line ends swallowed by a one-line field',
    portal.replaceAll('\n', ''),
    { tenantId: TENANT, clientId: CLIENT, objectId: OBJECT },
  ],
  [
    'the portal in German',
    `Anwendungs-ID (Client): ${CLIENT}\nObjekt-ID: ${OBJECT}\nVerzeichnis-ID (Mandant): ${TENANT}\nWert: ${SECRET}\nGeheimnis-ID: ${SECRET_ID}`,
    { tenantId: TENANT, clientId: CLIENT, objectId: OBJECT, clientSecret: SECRET, secretId: SECRET_ID },
  ],
  [
    'secret with Value and Secret ID',
    `Client Secret\nValue\t${SECRET}\nSecret ID\t${SECRET_ID}`,
    { clientSecret: SECRET, secretId: SECRET_ID },
  ],
  [
    'environment variables',
    `AZURE_TENANT_ID=${TENANT}\nAZURE_CLIENT_ID=${CLIENT}\nAZURE_CLIENT_SECRET="${SECRET}"\nSENDER=noreply@contoso.example`,
    { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET, senderAddress: 'noreply@contoso.example' },
  ],
  [
    'our settings file',
    JSON.stringify({
      type: 'exchange-online-oauth2',
      cloud: 'global',
      senderAddress: 'noreply@contoso.example',
      tenantId: TENANT,
      clientId: CLIENT,
      credential: { kind: 'secret', value: { env: 'X' }, expiresAt: '2027-05-01' },
    }),
    {
      cloud: 'global',
      senderAddress: 'noreply@contoso.example',
      tenantId: TENANT,
      clientId: CLIENT,
      secretExpiresAt: '2027-05-01',
    },
  ],
  [
    'labels padded with blanks',
    `  Directory (tenant) ID     ${TENANT}\n  Application (client) ID   ${CLIENT}\n  Client Secret:            ${SECRET}\n  Sender email address      noreply@contoso.example`,
    { tenantId: TENANT, clientId: CLIENT, clientSecret: SECRET, senderAddress: 'noreply@contoso.example' },
  ],
  [
    'a secret glued to the next label is not taken',
    `Value: ${SECRET}Directory (tenant) ID: ${TENANT}`,
    { tenantId: TENANT },
  ],
])('Pasting helps: %s', (_, text, values) => {
  expect(readBlock(text)).toEqual(values)
})

test('Pasting helps: a password that names no application is not taken for a client secret', () => {
  const clientSecret = 'Xy88Q~0aBcDeFgHiJkLmNoPqRsTuVwXyZ.-_1234'
  const demo = { signIn: { email: 'admin@contoso.example', password: 'not-a-client-secret' }, clientSecret }
  expect(readBlock(JSON.stringify(demo))).toEqual({ clientSecret })
  const terminal = `    Password                  not-a-client-secret\n    Client Secret             ${clientSecret}\n`
  expect(readBlock(terminal)).toEqual({ clientSecret })
})

test.each([
  ['31/05/2027 10:00:00', '2027-05-31'],
  ['5/31/2027 10:00:00 AM', '2027-05-31'],
  ['05/05/2027 10:00:00', '2027-05-05'],
  ['01.05.2027 10:00:00', '2027-05-01'],
  ['1-13-2027 10:00', '2027-01-13'],
  ['2027/5/1 10:00:00', '2027-05-01'],
  ['2027. 05. 01. 10:00:00', '2027-05-01'],
  ['2027-05-01T10:00:00Z', '2027-05-01'],
])('Pasting helps: the end date %s, as PowerShell prints it somewhere, is read', (printed, date) => {
  expect(readPasted(`DisplayName : Postroom\r\nEndDateTime : ${printed}\r\n`)).toEqual({
    values: { secretExpiresAt: date },
    unread: [{ kind: 'label', label: 'DisplayName' }],
  })
})

test('Pasting helps: the end date in the JSON of Windows PowerShell is read', () => {
  expect(readBlock('{"AppId":"x","EndDateTime":"\\/Date(1809079200000)\\/"}')?.secretExpiresAt).toBe('2027-04-30')
})

test.each([
  ['05/01/2027 10:00:00', 'unclear-date'],
  ['1-5-2027', 'unclear-date'],
  ['31/31/2027', 'no-date'],
  ['2027-02-30', 'no-date'],
  ['30.02.2027', 'no-date'],
] as const)('Pasting helps: the end date %s is not taken, and it is said that it is an %s', (printed, kind) => {
  expect(readPasted(`EndDateTime : ${printed}`)).toEqual({
    values: {},
    unread: [{ kind, text: printed.slice(0, 10).trim() }],
  })
})

test('Pasting helps: what is not taken is named, once each and without its value', () => {
  const text = `AppId : ${CLIENT}\nSid : S-1-5-21-1\nKeyCredentials : x\nSid : S-1-5-21-2\nClient Secret   short\n\nSee https://example.com/x`
  expect(readPasted(text)).toEqual({
    values: { clientId: CLIENT },
    unread: ['Sid', 'KeyCredentials', 'Client Secret'].map((label) => ({ kind: 'label', label })),
  })
})

test.each([
  '',
  'hello',
  TENANT,
  SECRET,
  '{',
  '{"a":{"b":{"c":{"d":{"e":{"appId":"x"}}}}}}',
  'x'.repeat(100_000),
  '[[[[[[',
])('Pasting helps: %j is no block', (text) => expect(readBlock(text)).toBeNull())

test('a hostile block of 20 000 characters is read in under 200 ms', () => {
  const afterLabel = ['\n', '\r\n', '\t', ' '].map((gap) => `password${gap.repeat(20_000 / gap.length - 8)}!`)
  for (const unit of [
    ...afterLabel,
    'tenant ',
    'client secret: ',
    ' ',
    '"',
    'a@a.',
    ': ',
    'Value:\n',
    '{"a":',
    'secret=x',
    '\na  ',
    '\n  ',
    'a  b  ',
    'expires 1/1/',
  ]) {
    const began = processorMs()
    readBlock(unit.repeat(Math.max(1, Math.floor(20_000 / unit.length))))
    expect(processorMs() - began, unit).toBeLessThan(200)
  }
})

test.each([
  ['id', `\u201e${TENANT}\u201c`, TENANT],
  ['id', `{${TENANT.toUpperCase()}}`, TENANT],
  ['id', TENANT.replaceAll('-', '\u2011'), TENANT],
  ['id', `\u200b${TENANT}`, TENANT],
  ['address', ' \u201cnoreply@contoso.example\u201d ', 'noreply@contoso.example'],
  ['id', `${TENANT} ${CLIENT}`, `${TENANT} ${CLIENT}`],
] as const)('tidied %s: what came along is taken off', (kind, text, clean) => {
  expect(tidied(kind, text)).toBe(clean)
})

test('a good value is never touched', () => {
  const raw = {
    tenantId: TENANT,
    clientId: CLIENT,
    senderAddress: 'a@contoso.example',
    clientSecret: SECRET,
  }
  expect(assist(raw, nothingKnown)).toBeNull()
})

test('a block in one field fills the others, and never gives the secret back', () => {
  const raw = {
    tenantId: JSON.stringify({ appId: CLIENT, password: SECRET, tenant: TENANT }),
    clientId: '',
    senderAddress: '',
  }
  const help = assist(raw, nothingKnown)
  expect(help?.values).toEqual({ tenantId: TENANT, clientId: CLIENT })
  expect(help?.errors.clientSecret?.key).toBe('paste.secretAgain')
  expect(JSON.stringify(help)).not.toContain(SECRET)
})

test('exchanged IDs are recognised by what is stored, an Object ID by what a token contained', () => {
  const known = { tenantId: TENANT, clientId: CLIENT, objectId: OBJECT }
  expect(assist({ tenantId: CLIENT, clientId: TENANT, senderAddress: 'a@contoso.example' }, known)).toEqual({
    values: { tenantId: TENANT, clientId: CLIENT },
    hints: { tenantId: { key: 'tidied.swapped' } },
    errors: {},
  })
  const withObjectId = { tenantId: TENANT, clientId: OBJECT, senderAddress: 'a@contoso.example' }
  expect(assist(withObjectId, known)).toEqual({
    values: { clientId: CLIENT },
    hints: { clientId: { key: 'tidied.objectIdReplaced' } },
    errors: {},
  })
  expect(assist(withObjectId, { ...known, clientId: null })).toEqual({
    values: {},
    hints: {},
    errors: { clientId: { key: 'paste.objectId' } },
  })
})
