import { expect, test } from 'vitest'
import type { Stage } from '../../kernel'
import { type DiagnosisCode, RETRY_OF } from '../../kernel/diagnosis-code'
import { scopeOf } from './scope'

const of = (code: DiagnosisCode, stage: Stage, isOwnSender = true, isOwnMailbox = true) =>
  scopeOf({ code, stage, retry: RETRY_OF[code] }, { isOwnSender, isOwnMailbox })

test.each([
  ['secret-expired', 'token', 'server'],
  ['secret-invalid', 'token', 'server'],
  ['entra-throttled', 'token', 'queue'],
  ['role-missing', 'auth', 'server'],
  ['credentials-incorrect', 'auth', 'server'],
  ['credentials-incorrect', 'sender', 'server'],
  ['server-busy', 'auth', 'queue'],
  ['connection-refused', 'connect', 'queue'],
  ['daily-quota-exceeded', 'auth', 'queue'],
  ['certificate-expired', 'tls', 'server'],
  ['name-not-found', 'connect', 'server'],
  ['send-as-denied', 'data', 'server'],
  ['from-header-invalid', 'data', 'server'],
  ['concurrency-exceeded', 'sender', 'queue'],
  ['concurrency-exceeded', 'data', 'queue'],
  ['daily-quota-exceeded', 'data', 'queue'],
  ['server-busy', 'recipient', 'message'],
  ['temporarily-refused', 'sender', 'queue'],
  ['temporarily-refused', 'recipient', 'message'],
  ['starttls-required', 'sender', 'server'],
  ['content-rejected', 'data', 'message'],
  ['sender-authentication-failed', 'data', 'message'],
  ['connection-lost', 'data', 'message'],
  ['recipient-not-found', 'recipient', 'message'],
  ['message-too-large', 'data', 'message'],
  ['tenant-blocked', 'data', 'server'],
  ['unrecognised', 'data', 'message'],
] as const)('R-06 F-10 %s at %s concerns the %s', (code, stage, scope) => {
  expect(of(code, stage)).toBe(scope)
})

test('a refusal of another sender than the mailbox that logs in concerns that message only', () => {
  for (const code of ['send-as-denied', 'from-header-invalid', 'domain-not-registered'] as const) {
    expect(of(code, 'data', false), code).toBe('message')
    expect(of(code, 'data'), code).toBe('server')
  }
})

test('what another mailbox may not do delays its own messages, a fault of all mailboxes delays all', () => {
  const ofOther = (code: DiagnosisCode, stage: Stage) => of(code, stage, true, false)
  expect(ofOther('exchange-rejected-token', 'auth')).toBe('queue')
  expect(ofOther('smtp-auth-disabled-for-mailbox', 'auth')).toBe('queue')
  expect(ofOther('mailbox-permission-missing', 'data')).toBe('queue')
  expect(ofOther('send-as-denied', 'data')).toBe('message')
  expect(ofOther('from-header-invalid', 'data')).toBe('queue')
  expect(ofOther('domain-not-registered', 'sender')).toBe('queue')
  expect(ofOther('blocked-by-sign-in-policy', 'auth')).toBe('queue')
  expect(ofOther('unrecognised', 'auth')).toBe('queue')
  expect(ofOther('unrecognised', 'connect')).toBe('server')
  expect(ofOther('tenant-blocked', 'data')).toBe('server')
  expect(of('blocked-by-sign-in-policy', 'auth')).toBe('server')
  expect(ofOther('secret-expired', 'token')).toBe('server')
  expect(of('exchange-rejected-token', 'auth')).toBe('server')
  expect(of('mailbox-permission-missing', 'data')).toBe('server')
})
