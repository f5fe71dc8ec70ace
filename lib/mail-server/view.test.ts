import { expect, test } from 'vitest'
import { BUILT_IN_CLOUDS, type MailServerSettings } from '../kernel/mail-server-settings'
import { defaultFields, fieldsOf } from './form-fields'
import { settingsDocument } from './settings-file'
import type { MailServerView } from './view'

const SEALED = 'v1.k1.canary-iv.canary-text'

const REST_OF_ROW = { sealed: SEALED, value: 'canary', digest: 'canary' }
/** A view as a careless store would fill it: with the whole row where the secret's facts belong. */
const view: MailServerView = {
  version: 3,
  unreadable: false,
  fields: defaultFields(BUILT_IN_CLOUDS),
  secret: {
    set: true,
    kind: 'client-secret',
    at: new Date('2026-11-01T00:00:00Z'),
    by: 'admin@contoso.example',
    kid: 'k1',
    expiresAt: null,
    readable: true,
    destinationChange: null,
    ...REST_OF_ROW,
  },
  failing: null,
  state: 'delivering',
  verifiedBy: null,
  deliveredBy: null,
  lastVerified: null,
  fallbackUntil: null,
  latestTest: null,
  failover: null,
  individualPossible: false,
  clouds: [],
  plaintextAllowed: false,
  basicAuthNotice: false,
}
const sender = { senderAddress: 'noreply@contoso.example', senderName: '', allowIndividualSenders: false }
const exchange: MailServerSettings = {
  type: 'exchange-online-oauth2',
  ...sender,
  allowIndividualSenders: false,
  cloud: 'global',
  tenantId: 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10',
  clientId: '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60',
}
const smtp: MailServerSettings = {
  type: 'smtp',
  ...sender,
  host: 'mail.contoso.example',
  port: 587,
  security: 'starttls',
  username: 'noreply',
}

test.each([
  ['Exchange Online', exchange, ['credential', 'value']],
  ['an SMTP server', smtp, ['login', 'password']],
] as const)(
  'S-02 %s: of a secret is shown that it is set, when, by whom, until when, and its key',
  (_, settings, way) => {
    const document = settingsDocument(settings, view)
    const outer = document[way[0]] as Record<string, unknown>
    expect(Object.keys(outer[way[1]] as object).sort()).toEqual(['at', 'by', 'expiresAt', 'kid', 'set'])
    expect(JSON.stringify(document)).not.toContain('canary')
  },
)

test.each([
  ['client-secret', '2027-03-01'],
  ['certificate', ''],
])('the form has the expiry date of a %s: %j', (kind, day) => {
  const credential = { kind, expiresAt: new Date('2027-03-01T12:00:00Z') }
  expect(fieldsOf(exchange, credential, BUILT_IN_CLOUDS).secretExpiresAt).toBe(day)
})
