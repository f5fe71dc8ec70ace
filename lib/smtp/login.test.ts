import { expect, test } from 'vitest'
import { password, xoauth2 } from '../../tests/support/smtp-attempt'
import { Redacted } from '../kernel/redacted'
import { failedAttempt } from './faults'
import { authenticate, mechanismFor, xoauth2Response } from './login'
import { enhancedCode, isSmtpReply, isTlsRecord, mayBeGreeting, oneLine } from './reply'

test('XOAUTH2: the example of Microsoft’s page', () => {
  const response = xoauth2Response(
    'test@contoso.onmicrosoft.com',
    new Redacted('EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA'),
  )
  expect(response.reveal()).toBe(
    'dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ==',
  )
  expect(String(response)).toBe('[secret]')
})

test('a token never goes by a mechanism for passwords, nor the other way round', () => {
  expect(mechanismFor(xoauth2, ['PLAIN', 'LOGIN'])).toBeNull()
  expect(mechanismFor(password, ['XOAUTH2', 'CRAM-MD5'])).toBeNull()
  expect(mechanismFor(password, ['LOGIN', 'PLAIN'])).toBe('PLAIN')
})

test.each([
  ['AUTH PLAIN', 'PLAIN', 1],
  ['AUTH LOGIN', 'LOGIN', 1],
  ['the user name', 'LOGIN', 2],
])('F-27 after a server has refused %s it gets nothing more of the login', async (_, mechanism, refusedAt) => {
  const sent: string[] = []
  const send = async (command: string) => (sent.push(command) < refusedAt ? '334 ' : '504 5.5.4 no')
  const login = { kind: 'password' as const, username: 'noreply', password: new Redacted('p'.repeat(600)) }
  const context = { login: 'password' as const, scrub: (text: string) => text }
  const result = await authenticate(login, { authMethods: [mechanism] }, send, context)
  expect(result).toMatchObject({ ok: false, error: { code: 504, enhanced: '5.5.4' } })
  expect(sent).toHaveLength(refusedAt)
})

test.each([
  ['250 ok', true],
  ['250', true],
  ['250-a\n250 b', true],
  ['250-a\n550 b', false],
  ['2500 x', false],
  ['99 x', false],
  ['150 x', false],
  ['HTTP/1.1 200', false],
  ['', false],
])('a reply: %j is %s', (reply, good) => expect(isSmtpReply(reply)).toBe(good))

test.each([
  ['2', true],
  ['220', true],
  ['220 ', true],
  ['220-', true],
  ['554 ', true],
  ['HTTP', false],
  ['SSH-', false],
  ['2200', false],
  ['120 ', false],
  ['\u0015\u0003', false],
])('the first bytes of a greeting: %j is %s', (start, good) => expect(mayBeGreeting(start)).toBe(good))

test('the first bytes of TLS are recognised, and those of a reply are not taken for them', () => {
  expect(isTlsRecord('\u0015\u0003\u0003\u0000')).toBe(true)
  expect(isTlsRecord('220 ')).toBe(false)
})

test.each([
  ['550 5.7.60 SMTP; no', '5.7.60', '550 5.7.60 SMTP; no'],
  ['550-5.7.60 SMTP;\n550 5.7.60 no', '5.7.60', '550 5.7.60 SMTP; no'],
  ['550-SMTP;\r\n550 no', null, '550 SMTP; no'],
  ['550 one\rtwo', null, '550 one two'],
  ['550 see 5.7.60', null, '550 see 5.7.60'],
])('a refusal %j has code %s and reads %j', (reply, enhanced, line) => {
  expect(enhancedCode(reply)).toBe(enhanced)
  expect(oneLine(reply)).toBe(line)
})

const about = {
  host: 'h',
  port: 587,
  stage: 'sender',
  heard: true,
  needsStartTls: true,
  login: 'none',
  scrub: (text: string) => text,
} as const

test.each([
  [{ code: 'ESOCKET', originalCode: 'ECONNRESET' }, 'connection-lost'],
  [{ code: 'ESOCKET', originalCode: 'ETIMEDOUT' }, 'connection-timed-out'],
  [{ code: 'ESOCKET', originalCode: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'certificate-untrusted'],
  [{ code: 'ETIMEDOUT' }, 'deadline-passed'],
  [{ code: 'ECONNECTION' }, 'connection-lost'],
  [{ code: 'ETLS' }, 'connection-lost'],
  [{ code: 'EPROTOCOL' }, 'connection-lost'],
])('nodemailer’s %j is %s', (fields, code) => {
  expect(failedAttempt(Object.assign(new Error('x'), fields), about)).toMatchObject({
    stage: 'sender',
    fault: { code },
  })
})

test('a silent peer at the greeting limit timed out; one that spoke did not', () => {
  const error = Object.assign(new Error('x'), { code: 'ETIMEDOUT' })
  const silent = { code: 'connection-timed-out', evidence: 'no greeting in time' }
  expect(failedAttempt(error, { ...about, heard: false }).fault).toMatchObject(silent)
  const spoke = { code: 'deadline-passed', evidence: 'no complete reply in time' }
  expect(failedAttempt(error, about).fault).toMatchObject(spoke)
})

test('an error that is no fault of server or network is thrown again', () => {
  for (const bug of [new TypeError('x'), Object.assign(new Error('x'), { code: 'EENVELOPE', command: 'API' }), 'text'])
    expect(() => failedAttempt(bug, about)).toThrow()
})
