import { describe, expect, test } from 'vitest'
import type { Diagnosis } from '../../diagnosis'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../kernel'
import { type DiagnosisCode, RETRY_OF } from '../../kernel/diagnosis-code'
import type { AllowedGroup, AttemptResult, ClaimedMessage, WaitingQueue } from '../message'
import {
  type AttemptedGroup,
  declinedOutcome,
  type GroupOutcome,
  outcomeOfError,
  outcomeOfFailure,
  outcomeOfReply,
  withSenderRefused,
} from './group-outcome'
import { errorOutcome, type MessageOutcome, outcomeAfterPause, outcomeOf, type RecipientGroups } from './outcome'

const NOW = new Date('2027-03-01T12:00:00Z')
const OWN = { isOwnSender: true, isOwnMailbox: true }
const HOME = { mailServerId: 'home', mailbox: '' }
const [ANNA, BEN] = ['anna@fabrikam.example', 'ben@fabrikam.example']

const message = (changes: Partial<ClaimedMessage> = {}): ClaimedMessage => ({
  id: 'message',
  fence: 3,
  source: 'reminder',
  originator: null,
  originalLines: null,
  needsUtf8: false,
  sizeBytes: 1,
  mailServerId: 'here',
  mailbox: '',
  expiresAt: new Date(NOW.getTime() + 5 * DAY_MS),
  attemptCount: 0,
  mayBeDuplicate: false,
  bytes: Buffer.from('x'),
  finalStates: [],
  version: 1,
  rules: 0,
  retryNowCount: 0,
  movedFromId: null,
  failoverRejected: false,
  otherQueues: [],
  recipients: [ANNA, BEN].map((address, position) => ({ position, address })),
  ...changes,
})

const diagnosis = (code: DiagnosisCode, stage: Diagnosis['stage']): Diagnosis =>
  ({ code, stage, retry: RETRY_OF[code], evidence: `${code} at ${stage}` }) as Diagnosis

const attempted = (of: ClaimedMessage, recipients = [ANNA, BEN]): AttemptedGroup => ({
  message: of,
  group: { kind: 'allowed', recipients, trace: {}, sender: null } as unknown as AllowedGroup,
  at: NOW,
  durationMs: 5,
})

/** The server accepted the message, and refused these recipients with these codes. */
const accepted = (of: ClaimedMessage, refused: Record<string, DiagnosisCode> = {}, recipients?: string[]) =>
  outcomeOfReply(
    attempted(of, recipients),
    {
      ok: true,
      value: {
        reply: '250 OK',
        serverMessageId: null,
        refused: Object.keys(refused).map((address) => ({
          address,
          fault: { kind: 'smtp', code: 0, enhanced: null, text: refused[address] ?? '' } as never,
        })),
      },
    },
    (fault, stage) => diagnosis((fault as unknown as { text: DiagnosisCode }).text, stage),
    OWN,
  )

/** The server refused every recipient. */
const refusedAll = (of: ClaimedMessage, codes: Record<string, DiagnosisCode>) => {
  const refused = Object.entries(codes).map(([address, text]) => ({ address, fault: { kind: 'smtp', text } as never }))
  return outcomeOfReply(
    attempted(of),
    { ok: false, error: { stage: 'recipient', fault: {} as never, refused } },
    (fault, stage) => diagnosis((fault as unknown as { text: DiagnosisCode }).text, stage),
    OWN,
  )
}

const failed = (
  of: ClaimedMessage,
  code: DiagnosisCode,
  stage: Diagnosis['stage'],
  { isUnknown = false, recipients }: { isUnknown?: boolean; recipients?: string[] } = {},
) => outcomeOfFailure(attempted(of, recipients), { diagnosis: diagnosis(code, stage), isUnknown }, OWN)

const declined = (of: ClaimedMessage, recipients: string[]) =>
  declinedOutcome(of, { kind: 'declined', recipients, trace: {} }, NOW)

const outcome = (of: ClaimedMessage, groups: Partial<RecipientGroups>, changedAt: Date | null = null): MessageOutcome =>
  outcomeOf(of, { attempted: [], declined: [], elsewhere: [], ...groups }, { now: NOW, random: 0.5, changedAt })

const later = (ms: number) => new Date(NOW.getTime() + ms)
const states = ({ recipients }: AttemptResult) => recipients.map(({ state }) => state)

interface Case {
  of?: Partial<ClaimedMessage>
  group: (of: ClaimedMessage) => GroupOutcome
  expected: Partial<AttemptResult>
  recipients: string[]
}

const CASES: Record<string, Case> = {
  'accepted for all: delivered': {
    group: (of) => accepted(of),
    expected: { state: 'delivered', reason: null, dueAt: null, lastCode: null, isCounted: true, mayBeDuplicate: false },
    recipients: ['delivered', 'delivered'],
  },
  'one recipient refused for good: failed, the other is delivered': {
    group: (of) => accepted(of, { [BEN]: 'recipient-not-found' }),
    expected: { state: 'failed', reason: 'recipient-not-found', dueAt: null, lastCode: 'recipient-not-found' },
    recipients: ['delivered', 'failed'],
  },
  'one recipient refused for now: it waits for a minute': {
    group: (of) => accepted(of, { [BEN]: 'recipient-throttled' }),
    expected: { state: 'queued', reason: null, lastCode: 'recipient-throttled' },
    recipients: ['delivered', 'queued'],
  },
  'one recipient refused for hours: it waits for two': {
    group: (of) => accepted(of, { [BEN]: 'daily-quota-exceeded' }),
    expected: { state: 'queued', dueAt: later(2 * HOUR_MS) },
    recipients: ['delivered', 'queued'],
  },
  'of two recipients one is refused for now and one for good: the first is attempted again': {
    group: (of) => accepted(of, { [ANNA]: 'recipient-throttled', [BEN]: 'recipient-not-found' }),
    expected: { state: 'queued', dueAt: later(MINUTE_MS), lastCode: 'recipient-throttled' },
    recipients: ['queued', 'failed'],
  },
  'a fault that may pass: the second pause is two minutes': {
    of: { attemptCount: 1 },
    group: (of) => failed(of, 'connection-lost', 'data'),
    expected: { state: 'queued', dueAt: later(2 * MINUTE_MS), isCounted: true, mayBeDuplicate: false },
    recipients: ['queued', 'queued'],
  },
  'the message itself is refused: failed': {
    group: (of) => failed(of, 'content-rejected', 'data'),
    expected: { state: 'failed', reason: 'content-rejected', dueAt: null, isCounted: true },
    recipients: ['failed', 'failed'],
  },
  'no time left for another attempt: failed': {
    of: { expiresAt: later(1) },
    group: (of) => failed(of, 'connection-lost', 'data'),
    expected: { state: 'failed', reason: 'connection-lost', dueAt: null },
    recipients: ['failed', 'failed'],
  },
  'F-35 the reply was lost: attempted again, and marked as a possible duplicate': {
    group: (of) => failed(of, 'connection-lost', 'data', { isUnknown: true }),
    expected: { state: 'queued', dueAt: later(MINUTE_MS), mayBeDuplicate: true },
    recipients: ['queued', 'queued'],
  },
  'F-35 the reply was lost and would have been final: attempted again all the same': {
    group: (of) => failed(of, 'content-rejected', 'data', { isUnknown: true }),
    expected: { state: 'queued', dueAt: later(MINUTE_MS), mayBeDuplicate: true },
    recipients: ['queued', 'queued'],
  },
  'a fault of the whole server: due at once, and not counted against the message': {
    group: (of) => failed(of, 'credentials-incorrect', 'auth'),
    expected: { state: 'queued', dueAt: NOW, isCounted: false },
    recipients: ['queued', 'queued'],
  },
  'the permission of another mailbox is missing: attempted again after hours': {
    of: { mailbox: 'info@contoso.example' },
    group: (of) => {
      const failure = { diagnosis: diagnosis('mailbox-permission-missing', 'data'), isUnknown: false }
      return outcomeOfFailure(attempted(of), failure, { ...OWN, isOwnMailbox: false })
    },
    expected: { state: 'queued', dueAt: later(2 * HOUR_MS) },
    recipients: ['queued', 'queued'],
  },
  'the From line of another mailbox is not accepted: attempted again after hours': {
    of: { mailbox: 'info@contoso.example' },
    group: (of) => {
      const failure = { diagnosis: diagnosis('from-header-invalid', 'data'), isUnknown: false }
      return outcomeOfFailure(attempted(of), failure, { ...OWN, isOwnMailbox: false })
    },
    expected: { state: 'queued', dueAt: later(2 * HOUR_MS), isCounted: true },
    recipients: ['queued', 'queued'],
  },
  'the verified sender was refused: decided again at once': {
    group: (of) => withSenderRefused(failed(of, 'send-as-denied', 'data'), diagnosis('send-as-denied', 'data')),
    expected: { state: 'queued', dueAt: NOW },
    recipients: ['queued', 'queued'],
  },
  'a failover server refuses it: back home at once, where nothing is final yet': {
    of: { movedFromId: 'home' },
    group: (of) => failed(of, 'relay-denied', 'recipient'),
    expected: { state: 'queued', nextQueue: HOME, movedFromId: null, failoverRejected: true, dueAt: NOW },
    recipients: ['queued', 'queued'],
  },
  'a failover server refuses one recipient, and there is no time to try the other there again: both go back home': {
    of: { movedFromId: 'home', expiresAt: later(MINUTE_MS - 1) },
    group: (of) => accepted(of, { [ANNA]: 'recipient-not-found', [BEN]: 'recipient-throttled' }),
    expected: { state: 'queued', nextQueue: HOME, dueAt: NOW },
    recipients: ['queued', 'queued'],
  },
  'a failover server refuses a possible duplicate: it fails there and does not move': {
    of: { movedFromId: 'home', mayBeDuplicate: true },
    group: (of) => failed(of, 'relay-denied', 'recipient'),
    expected: { state: 'failed', nextQueue: null, movedFromId: 'home', failoverRejected: false },
    recipients: ['failed', 'failed'],
  },
  'an earlier attempt failed for another recipient: failed in part': {
    of: { finalStates: ['failed'] },
    group: (of) => accepted(of),
    expected: { state: 'failed', reason: 'partly' },
    recipients: ['delivered', 'delivered'],
  },
}

describe('the outcome of an attempt', () => {
  test.each(Object.entries(CASES))('%s', (_, { of, group, expected, recipients }) => {
    const claimed = message(of)
    const { result } = outcome(claimed, { attempted: [group(claimed)] })
    expect(result).toMatchObject({ id: 'message', fence: 3, queue: { mailServerId: 'here' }, ...expected })
    expect(states(result)).toEqual(recipients)
    expect(result.attempts).toHaveLength(1)
  })

  test.each([
    ['all recipients', [ANNA, BEN], { state: 'declined', reason: 'declined-by-rule' }],
    ['one recipient', [BEN], { state: 'delivered', reason: 'declined-in-part' }],
  ])('a rule declines %s, which is no failure and counts no attempt against the message', (_, recipients, expected) => {
    const claimed = message()
    const rest = [ANNA, BEN].filter((address) => !recipients.includes(address))
    const {
      result,
      scope,
      diagnosis: reason,
    } = outcome(claimed, {
      attempted: rest.length > 0 ? [accepted(claimed, {}, rest)] : [],
      declined: [declined(claimed, recipients)],
    })
    expect(result).toMatchObject({ ...expected, dueAt: null, lastCode: null, isCounted: rest.length > 0 })
    expect([scope, reason]).toEqual(['message', null])
  })

  test('a failover server refuses one recipient and may have sent to the other: none of them moves back home', () => {
    const claimed = message({ movedFromId: 'home' })
    const refused = failed(claimed, 'relay-denied', 'recipient', { recipients: [BEN] })
    const lost = failed(claimed, 'connection-lost', 'data', { recipients: [ANNA], isUnknown: true })
    const { result } = outcome(claimed, { attempted: [refused, lost] })
    expect(result).toMatchObject({ state: 'queued', nextQueue: null, movedFromId: 'home', failoverRejected: false })
    expect(states(result)).toEqual(['failed', 'queued'])
  })

  test.each([
    ['connection-lost', 'connect', 'queue'],
    ['credentials-incorrect', 'auth', 'server'],
    ['content-rejected', 'data', 'message'],
  ] as const)('%s at %s concerns the %s', (code, stage, scope) => {
    const claimed = message()
    expect(outcome(claimed, { attempted: [failed(claimed, code, stage)] }).scope).toBe(scope)
  })

  test.each([
    [
      'a minute ago: attempted again in five minutes',
      later(-MINUTE_MS),
      { state: 'queued', dueAt: later(5 * MINUTE_MS) },
    ],
    ['three hours ago: failed', later(-3 * HOUR_MS), { state: 'failed', dueAt: null }],
    ['at an unknown time: failed', null, { state: 'failed', dueAt: null }],
  ] as const)('a sender without permission at a server that was changed %s', (_, changedAt, expected) => {
    const claimed = message()
    const refused = { diagnosis: diagnosis('send-as-denied', 'data'), isUnknown: false }
    const group = outcomeOfFailure(attempted(claimed), refused, { ...OWN, isOwnSender: false })
    expect(outcome(claimed, { attempted: [group] }, changedAt).result).toMatchObject(expected)
  })

  const OTHER = { mailServerId: 'other', mailbox: '' }
  const elsewhere = [{ recipients: [BEN], queue: { ...OTHER, movedFromId: null } }]
  const waiting = (queue: object, dueAt: Date, attemptCount = 0) => {
    return {
      mailbox: '',
      movedFromId: null,
      failoverRejected: false,
      attemptCount,
      dueAt,
      ...queue,
    } as WaitingQueue
  }

  test('recipients of another mail server do not wait for those of this one', () => {
    const claimed = message({ attemptCount: 1 })
    const rejected = message({ failoverRejected: true, otherQueues: [waiting({ mailServerId: 'no more' }, NOW)] })
    expect(outcome(rejected, { attempted: [accepted(rejected)] }).result.otherQueues).toEqual([])
    const done = outcome(rejected, { attempted: [accepted(claimed, {}, [ANNA])], elsewhere })
    const next = {
      state: 'queued',
      dueAt: NOW,
      nextQueue: OTHER,
      nextAttemptCount: 0,
      movedFromId: null,
      failoverRejected: false,
    }
    expect(done.result).toMatchObject({ ...next, otherQueues: [] })
    const busy = outcome(claimed, { attempted: [accepted(claimed, { [ANNA]: 'server-busy' }, [ANNA])], elsewhere })
    const here = waiting({ mailServerId: 'here' }, later(2 * MINUTE_MS), 2)
    expect(busy.result).toMatchObject({ ...next, lastCode: 'server-busy', otherQueues: [here] })
    const denied = outcome(claimed, {
      attempted: [failed(claimed, 'not-authenticated', 'sender', { recipients: [ANNA] })],
      elsewhere,
    })
    expect(denied.result).toMatchObject({ ...next, otherQueues: [waiting({ mailServerId: 'here' }, NOW, 1)] })
    const moved = outcomeAfterPause(denied, claimed, { failoverServerId: 'spare', now: NOW }).result
    const atSpare = waiting({ mailServerId: 'spare', movedFromId: 'here' }, NOW, 1)
    expect(moved).toMatchObject({ ...next, otherQueues: [atSpare] })
  })

  test.each([
    [
      'later: this one is attempted first',
      later(HOUR_MS),
      { dueAt: later(2 * MINUTE_MS), nextQueue: null, nextAttemptCount: null },
    ],
    [
      'sooner: it is attempted first',
      later(MINUTE_MS),
      { dueAt: later(MINUTE_MS), nextQueue: OTHER, nextAttemptCount: 3 },
    ],
  ])('recipients that already wait for another mail server keep their time, which is %s', (_, dueAt, expected) => {
    const claimed = message({
      attemptCount: 1,
      otherQueues: [waiting(OTHER, dueAt, 3), waiting({ mailServerId: 'no more' }, NOW)],
    })
    const { result } = outcome(claimed, {
      attempted: [accepted(claimed, { [ANNA]: 'server-busy' }, [ANNA])],
      elsewhere,
    })
    expect(result).toMatchObject(expected)
    const here = waiting({ mailServerId: 'here' }, later(2 * MINUTE_MS), 2)
    expect(result.otherQueues).toEqual(expected.nextQueue ? [here] : [waiting(OTHER, dueAt, 3)])
  })

  test('recipients wait for another mail server in the mailbox, or at the failover server, that it chose', () => {
    const chosen = [
      waiting({ ...OTHER, mailbox: 'x' }, later(HOUR_MS)),
      waiting({ mailServerId: 'spare', movedFromId: 'other' }, later(HOUR_MS)),
    ]
    const claimed = message({ otherQueues: chosen })
    const { result } = outcome(claimed, { attempted: [accepted(claimed, {}, [ANNA])], elsewhere })
    expect([result.nextQueue, ...(result.otherQueues ?? [])]).toMatchObject([
      { ...OTHER, mailbox: 'x' },
      { mailServerId: 'spare' },
    ])
    expect(result).toMatchObject({ dueAt: later(HOUR_MS), movedFromId: null })
  })

  test('recipients of a failover server itself stay there while those it has taken over return home', () => {
    const own = waiting({ mailServerId: 'here' }, later(HOUR_MS), 2)
    const queue = { mailServerId: 'here', mailbox: '', movedFromId: null }
    for (const otherQueues of [[own], [waiting({ mailServerId: 'here', movedFromId: 'third' }, NOW), own]]) {
      const claimed = message({ movedFromId: 'home', otherQueues })
      const groups = { attempted: [failed(claimed, 'recipient-not-found', 'recipient', { recipients: [ANNA] })] }
      const refused = outcome(claimed, { ...groups, elsewhere: [{ recipients: [BEN], queue }] })
      const next = { state: 'queued', nextQueue: HOME, movedFromId: null, otherQueues: [own] }
      expect(refused.result).toMatchObject(next)
      const paused = outcomeAfterPause(refused, claimed, { failoverServerId: null, now: NOW }).result
      expect(paused).toMatchObject(next)
    }
  })

  test('the server accepts only some recipients at a time: the others follow at once', () => {
    const claimed = message()
    const { result } = outcome(claimed, { attempted: [accepted(claimed, { [BEN]: 'too-many-recipients' })] })
    expect(result).toMatchObject({ state: 'queued', dueAt: NOW })
    const none = accepted(claimed, { [ANNA]: 'too-many-recipients', [BEN]: 'too-many-recipients' })
    expect(outcome(claimed, { attempted: [none] }).result).toMatchObject({ dueAt: later(MINUTE_MS) })
  })
})

describe('the outcome after the mail server was paused', () => {
  const paused = (of: ClaimedMessage, failoverServerId: string | null, isUnknown = false) =>
    outcomeAfterPause(
      outcome(of, { attempted: [failed(of, 'connection-refused', isUnknown ? 'data' : 'connect', { isUnknown })] }),
      of,
      { failoverServerId, now: NOW },
    ).result

  test.each<[string, Partial<ClaimedMessage>, string | null, Partial<AttemptResult>]>([
    [
      'moves to the failover server',
      {},
      'spare',
      { nextQueue: { mailServerId: 'spare', mailbox: '' }, movedFromId: 'here' },
    ],
    ['waits if there is none', {}, null, { nextQueue: null, movedFromId: null }],
    ['waits if the failover server refused it before', { failoverRejected: true }, 'spare', { nextQueue: null }],
    [
      'moves home from a failover server that fails as well',
      { movedFromId: 'home' },
      null,
      { nextQueue: HOME, movedFromId: null },
    ],
    ['stays if it may have been sent before', { mayBeDuplicate: true }, 'spare', { nextQueue: null }],
  ])('a message %s, and the attempt does not count', (_, of, failoverServerId, expected) => {
    expect(paused(message({ source: 'smtp', ...of }), failoverServerId)).toMatchObject({
      state: 'queued',
      dueAt: NOW,
      isCounted: false,
      ...expected,
    })
  })

  test.each([
    ['keeps its place before all others if no message was sent', 'auth', null],
    ['waits among the others if the pause followed its own text', 'data', NOW],
  ] as const)('a notification %s', (_, stage, dueAt) => {
    const of = message()
    const { result } = outcomeAfterPause(outcome(of, { attempted: [failed(of, 'not-authenticated', stage)] }), of, {
      failoverServerId: null,
      now: NOW,
    })
    expect(result).toMatchObject({ state: 'queued', dueAt, isCounted: false })
  })

  test('F-35 a message that may have been sent in this attempt stays where it is, and the attempt counts', () => {
    expect(paused(message(), 'spare', true)).toMatchObject({ nextQueue: null, mayBeDuplicate: true, isCounted: true })
  })
})

test.each([true, false])('F-35 an error of our own, with sending begun %j, is recorded as what it is', (isUnknown) => {
  const { attempt } = outcomeOfError(
    attempted(message()),
    { diagnosis: diagnosis('content-rejected', 'data'), isUnknown },
    OWN,
  )
  expect(attempt.outcome).toBe(isUnknown ? 'unknown' : 'failed')
})

test('the attempt at several refused recipients is recorded with a fault that may pass, if there is one', () => {
  for (const [one, other] of [
    ['recipient-throttled', 'recipient-not-found'],
    ['recipient-not-found', 'recipient-throttled'],
  ] as const) {
    const { attempt } = refusedAll(message(), { [ANNA]: one, [BEN]: other })
    expect(attempt.code).toBe('recipient-throttled')
  }
})

test.each([
  ['our-address-blocked', 'server'],
  ['helo-rejected', 'server'],
  ['daily-quota-exceeded', 'queue'],
] as const)('%s in reply to every recipient concerns the %s, as it does with one recipient', (code, scope) => {
  for (const codes of [
    { [ANNA]: code, [BEN]: code },
    { [ANNA]: 'recipient-not-found', [BEN]: code },
  ] as const) {
    const of = message()
    const result = outcome(of, { attempted: [refusedAll(of, codes)] })
    expect(result).toMatchObject({ scope, diagnosis: { code } })
    expect(states(result.result)).toEqual(['queued', 'queued'])
  }
})

test.each([
  ['before anything was sent: attempted again', false, {}, { state: 'queued', mayBeDuplicate: false }, 'failed'],
  ['after sending had begun: a possible duplicate', true, {}, { state: 'queued', mayBeDuplicate: true }, 'unknown'],
  ['with no time left: failed', false, { expiresAt: NOW }, { state: 'failed', reason: 'unrecognised' }, 'failed'],
] as const)('an error of our own %s', (_, hasBegun, of, expected, recorded) => {
  const { result, scope } = errorOutcome(
    message(of),
    { ...diagnosis('unrecognised', 'settings'), retry: 'yes' },
    {
      hasBegun,
      now: NOW,
      random: 0.5,
    },
  )
  expect(result).toMatchObject({ ...expected, isCounted: true, attempts: [{ outcome: recorded }] })
  expect(scope).toBe('message')
})
