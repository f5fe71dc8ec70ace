import { expect, test } from 'vitest'
import type { MailServerSettings } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { needsFreshSession } from './secret-reuse'

const SMTP = {
  type: 'smtp',
  senderAddress: 'noreply@contoso.example',
  senderName: '',
  host: 'mail.contoso.example',
  port: 587,
  security: 'starttls',
  username: 'relay',
  allowIndividualSenders: false,
} as const satisfies MailServerSettings
const EXCHANGE = {
  type: 'exchange-online-oauth2',
  senderAddress: 'noreply@contoso.example',
  senderName: '',
  cloud: 'global',
  tenantId: '11111111-1111-4111-8111-111111111111',
  clientId: '22222222-2222-4222-8222-222222222222',
  allowIndividualSenders: false,
} as const satisfies MailServerSettings

const OTHER_SENDER = { senderName: 'Contoso', senderAddress: 'it@contoso.example', allowIndividualSenders: true }

test.each([
  ['the same settings', SMTP, SMTP, false],
  ['another sender', SMTP, { ...SMTP, ...OTHER_SENDER }, false],
  ['another sender at Exchange Online', EXCHANGE, { ...EXCHANGE, ...OTHER_SENDER }, false],
  ['another host', SMTP, { ...SMTP, host: 'mail.litware.example' }, true],
  ['another port', SMTP, { ...SMTP, port: 465 }, true],
  ['another encryption', SMTP, { ...SMTP, security: 'tls' }, true],
  ['no login', SMTP, { ...SMTP, username: null }, true],
  ['another type', SMTP, EXCHANGE, true],
  ['another cloud', EXCHANGE, { ...EXCHANGE, cloud: 'china' }, true],
  ['another tenant', EXCHANGE, { ...EXCHANGE, tenantId: EXCHANGE.clientId }, true],
  ['another application', EXCHANGE, { ...EXCHANGE, clientId: EXCHANGE.tenantId }, true],
  ['the first settings', null, SMTP, true],
] as const)(
  'A-09 to save %s needs a fresh session only if mail goes elsewhere, or with a new secret',
  (_, saved, settings, needed) => {
    expect(needsFreshSession(saved, { settings, secret: { kind: 'keep' } })).toBe(needed)
    expect(needsFreshSession(saved, { settings, secret: { kind: 'replace', value: new Redacted('s') } })).toBe(true)
  },
)
