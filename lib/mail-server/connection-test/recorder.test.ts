import { expect, test } from 'vitest'
import { fail, ok, systemClock } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { STAGES, type Stage } from '../../kernel/stage'
import type { TestInput } from './input'
import { TestRecorder } from './recorder'

const SECRET = 'canary-Secret.0123'
const recorder = (change: TestInput['change'] = fail({})) =>
  new TestRecorder(
    { change, to: 'anna@fabrikam.example', dryRun: false },
    { clock: systemClock, locale: 'en', emit: () => {} },
  )
const SENDER = { senderAddress: 'a@contoso.example', senderName: '', allowIndividualSenders: false }
const failure = (stage: Stage, evidence = '') => ({ code: 'deadline-passed', stage, retry: 'yes', evidence }) as const
const statesOf = ({ report }: ReturnType<TestRecorder['finish']>) => report.stages.map(({ state }) => state)

test('the first failure ends a test: what comes after it changes nothing', () => {
  const test = recorder()
  test.pass('settings')
  test.fail(failure('token', 'first'))
  test.fail(failure('data', 'second'))
  test.pass('sender')
  test.skip('data')
  test.line({ from: 'server', atMs: 1, text: '250 OK' })
  test.accept({ reply: '250 OK', serverMessageId: null, messageId: '<a@b>' })
  const ended = test.finish()
  expect(ended).toMatchObject({ report: { diagnosis: { evidence: 'first' }, accepted: null }, transcript: [] })
  expect(statesOf(ended)).toEqual(['passed', 'failed', ...STAGES.slice(2).map(() => 'skipped')])
})

test.each([
  ['none', null, ['settings', 'connect', 'sender', 'recipient', 'data']],
  ['starttls', 'printer', ['settings', 'connect', 'tls', 'auth', 'sender', 'recipient', 'data']],
] as const)(
  'a test of SMTP with security %s and user name %s has the stages of these',
  (security, username, stages) => {
    const settings = { type: 'smtp', host: 'a', port: 25, security, username, ...SENDER } as const
    const test = recorder(ok({ settings, secret: { kind: 'none' }, secretExpiresAt: null }))
    test.fail(failure('settings'))
    expect(test.finish().report.stages.map(({ stage }) => stage)).toEqual(stages)
  },
)

test('however long a server talks, a bounded number of lines is recorded', () => {
  const test = recorder()
  for (let atMs = 0; atMs < 1_000; atMs++) test.line({ from: 'server', atMs, text: '250 OK' })
  expect(test.finish().transcript).toHaveLength(300)
})

test('a failure of a stage that has passed belongs to the stage that runs', () => {
  const test = recorder()
  test.pass('settings')
  test.pass('token')
  test.fail(failure('token'))
  const ended = test.finish()
  expect(ended.report.diagnosis).toMatchObject({ stage: 'claims' })
  expect(statesOf(ended)).toEqual(['passed', 'passed', 'failed', ...STAGES.slice(3).map(() => 'skipped')])
})

test('S-01 a secret is in nothing that is recorded', () => {
  const [accepted, failed] = [recorder(), recorder()]
  for (const test of [accepted, failed]) {
    test.hide(new Redacted(SECRET))
    test.line({ from: 'server', atMs: 1, text: `250 ${SECRET}` })
  }
  accepted.accept({ reply: `250 ${SECRET}`, serverMessageId: SECRET, messageId: '<a@b>' })
  failed.fail(failure('data', `550 ${SECRET}`))
  const texts = JSON.stringify([accepted.finish(), failed.finish()])
  expect(texts).toContain('250 ')
  expect(texts).not.toContain(SECRET)
})
