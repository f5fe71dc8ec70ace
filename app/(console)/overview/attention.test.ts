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

test('when all is well nothing needs anybody, and mail that leaves is no news', () => {
  expect(kinds({})).toEqual([])
})

test('it is never calm while the word beside every page is not', () => {
  for (const state of ['off', 'failing', 'failover', 'fallback', 'unverified', 'expiring'] as const)
    expect(kinds({ state }), state).toHaveLength(1)
})

test('what keeps mail from leaving stands before what only waits, each once', () => {
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

test('a failure that something else explains is not told twice', () => {
  expect(kinds({ state: 'failing' })).toEqual(['failing'])
  expect(kinds({ state: 'failing', warnings: [warning('refused')] })).toEqual(['credential'])
  expect(kinds({ state: 'failing', keysSound: false })).toEqual(['keys'])
  // Nothing was tested or delivered then, so no failed test or delivery is named.
  expect(kinds({ state: 'failing', unreadable: true })).toEqual(['unreadable'])
  expect(kinds({ state: 'failing', unreadable: true, keysSound: false })).toEqual(['keys'])
})

test('while mail is sent with the previous credential, the refused one is a warning and not a fault', () => {
  const facts = { ...CALM, state: 'fallback' as const, warnings: [warning('refused', { fallbackUntil: new Date() })] }
  expect(attentionOf(facts)).toMatchObject([{ kind: 'credential', tone: 'warn' }])
})

test('a pause by a person is a choice, one by a diagnosis a fault', () => {
  expect(attentionOf({ ...CALM, state: 'off', pauses: pauseBy('admin@contoso.example', null) })[0]?.tone).toBe('warn')
  expect(attentionOf({ ...CALM, state: 'failing', pauses: pauseBy('diagnosis', 'role-missing') })[0]?.tone).toBe('bad')
})

test('a mail server that failed is still told of when its backup has taken over, but mail leaves', () => {
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

test('without a mail server there is one thing to do', () => {
  expect(kinds({ state: 'off', isSetUp: false, isVerified: false })).toEqual(['not-set-up'])
})
