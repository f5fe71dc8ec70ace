import { expect, test } from 'vitest'
import type { ShownWarning } from '@/app/(console)/_shell/warning-labels'
import { type AttentionFacts, attentionOf } from './attention'

const CALM: AttentionFacts = {
  state: 'delivering',
  isSetUp: true,
  isVerified: true,
  keysSound: true,
  unreadable: false,
  pauses: [],
  silent: [],
  warnings: [],
  counts: { queued: 3, sending: 1, held: 0, failed: 0 },
  unconfirmed: { count: 0, since: null },
  now: new Date('2026-11-26T15:01:00Z'),
  remindersGivenUp: 0,
  undatedSecrets: 0,
  use: [{ mailbox: 'noreply@contoso.example', messagesLastMinute: 30, recipientsLastDay: 7_999 }],
}
const kinds = (facts: Partial<AttentionFacts>) => attentionOf({ ...CALM, ...facts }).map(({ kind }) => kind)
const pauseBy = (by: string, code: string | null, failover: string | null = null) => [
  { name: '', at: new Date(), by, code, failover },
]
const warning = (
  state: ShownWarning['state'],
  { failover = null, fallbackUntil = null }: Partial<Pick<ShownWarning, 'failover' | 'fallbackUntil'>> = {},
) => ({ credentialId: state, state, kind: 'secret', failover, fallbackUntil }) as unknown as ShownWarning

test('shows nothing while everything works, even if messages are waiting', () => {
  expect(kinds({})).toEqual([])
})

test('is never empty while the status on every page is not Delivering', () => {
  for (const state of ['off', 'failing', 'failover', 'fallback', 'unverified', 'expiring'] as const)
    expect(kinds({ state }), state).toHaveLength(1)
})

test('lists what prevents delivery before what can wait, each once', () => {
  const all: Partial<AttentionFacts> = {
    state: 'failing',
    isVerified: false,
    pauses: pauseBy('diagnosis', 'secret-expired'),
    silent: ['worker'],
    warnings: [warning('expired'), warning('soon')],
    counts: { queued: 0, sending: 0, held: 1, failed: 1_000 },
    remindersGivenUp: 2,
    undatedSecrets: 1,
    use: [{ mailbox: 'noreply@contoso.example', messagesLastMinute: 0, recipientsLastDay: 8_000 }],
  }
  expect(kinds(all)).toEqual([
    ...['paused', 'silent', 'credential', 'failed', 'reminders-given-up'],
    ...['credential', 'recipients', 'undated', 'held'],
  ])
})

test('does not report a failure twice if another entry explains it', () => {
  expect(kinds({ state: 'failing' })).toEqual(['failing'])
  expect(kinds({ state: 'failing', warnings: [warning('refused')] })).toEqual(['credential'])
  expect(kinds({ state: 'failing', keysSound: false })).toEqual(['keys'])
  // Nothing was tested or delivered, so it does not mention a failed test or delivery.
  expect(kinds({ state: 'failing', unreadable: true })).toEqual(['unreadable'])
  expect(kinds({ state: 'failing', unreadable: true, keysSound: false })).toEqual(['keys'])
})

test('while mail is sent with the previous credential, the refused one is a warning and not a fault', () => {
  const facts = { ...CALM, state: 'fallback' as const, warnings: [warning('refused', { fallbackUntil: new Date() })] }
  expect(attentionOf(facts)).toMatchObject([{ kind: 'credential', tone: 'warn' }])
})

test('a pause by a person is a warning, a pause after a fault is an error', () => {
  expect(attentionOf({ ...CALM, state: 'off', pauses: pauseBy('admin@contoso.example', null) })[0]?.tone).toBe('warn')
  expect(attentionOf({ ...CALM, state: 'failing', pauses: pauseBy('diagnosis', 'role-missing') })[0]?.tone).toBe('bad')
})

test('a failed mail server is still reported after its failover server has taken over, as a warning', () => {
  const pauses = pauseBy('diagnosis', 'secret-expired', 'Branch office')
  expect(attentionOf({ ...CALM, state: 'failover', isVerified: false, pauses })).toMatchObject([
    { kind: 'paused', tone: 'warn' },
  ])
  const warnings = [warning('refused', { failover: 'Branch office' })]
  const tones = attentionOf({ ...CALM, state: 'failover', pauses, warnings }).map(({ kind, tone }) => [kind, tone])
  expect(tones).toEqual([
    ['paused', 'warn'],
    ['credential', 'warn'],
  ])
})

test('messages that the mail server does not confirm are mentioned with the longest wait', () => {
  const unconfirmed = { count: 3, since: new Date('2026-11-26T14:56:43Z') }
  expect(attentionOf({ ...CALM, unconfirmed })).toEqual([{ kind: 'unconfirmed', tone: 'warn', count: 3, minutes: 4 }])
})

test('without a mail server it shows only the first step', () => {
  expect(kinds({ state: 'off', isSetUp: false, isVerified: false })).toEqual(['not-set-up'])
})
