import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import type { MessageDetail, StoredAttempt } from '@/lib/outbox/store/messages'
import { AttemptHistory, replacesSender } from './attempt-history'

const NOW = new Date('2026-11-30T09:00:00Z')
const [ANNA, BEN, CARA] = ['anna@fabrikam.example', 'ben@fabrikam.example', 'cara@fabrikam.example'] as const

const attempt = (fence: number, addresses: string[], outcome: StoredAttempt['outcome'] = 'accepted') =>
  ({
    fence,
    addresses,
    outcome,
    recipients: addresses.length,
    at: NOW,
    durationMs: 5,
    decision: {},
    stage: null,
    code: null,
    reply: null,
    mailServerId: 'first',
  }) as unknown as StoredAttempt

/** The history, oldest first. */
function htmlOf(
  states: Record<string, string>,
  attempts: StoredAttempt[],
  changed: Partial<MessageDetail> = { state: 'failed', endedAt: NOW },
  locale: Locale = 'en',
): string {
  const to = Object.entries(states).map(([address, state]) => ({ address, state, reply: null }))
  const message = {
    acceptedAt: NOW,
    dueAt: NOW,
    expiresAt: NOW,
    source: 'smtp',
    recipients: to.length,
    to,
    attempts: attempts.toReversed(),
    ...changed,
  } as unknown as MessageDetail
  return renderToStaticMarkup(
    <AttemptHistory
      {...{ message, size: '1 KB', servers: new Map(), locale, nextAt: null, stageLabel: (stage) => stage }}
      t={translatorFor(locale, 'messages')}
    />,
  )
}

/** The text of the history, with one line for each element. */
const lines = (...history: Parameters<typeof htmlOf>): string =>
  htmlOf(...history)
    .replaceAll(/<wbr[^>]*>/g, '')
    .replaceAll(/<[^>]+>/g, '\n')

/** Titles of the attempts, oldest first. */
const titles = (...history: Parameters<typeof lines>) =>
  [...lines(...history).matchAll(/^Attempt .*$/gm)].map(([title]) => title)

test('an attempt that the server accepted names only the recipients that it accepted', () => {
  expect(titles({ [ANNA]: 'delivered', [BEN]: 'delivered' }, [attempt(1, [ANNA, BEN])])).toEqual([
    'Attempt 1 for both recipients: accepted',
  ])
  expect(titles({ [ANNA]: 'delivered', [BEN]: 'failed' }, [attempt(1, [ANNA, BEN])])).toEqual([
    `Attempt 1 for ${ANNA}: accepted`,
  ])
  // A recipient that was put off is in the next attempt.
  const states = { [ANNA]: 'delivered', [BEN]: 'delivered', [CARA]: 'failed' }
  expect(titles(states, [attempt(1, [ANNA, BEN, CARA]), attempt(2, [BEN, CARA])])).toEqual([
    `Attempt 1 for ${ANNA}: accepted`,
    `Attempt 2 for ${BEN}: accepted`,
  ])
  expect(titles({ [ANNA]: 'queued', [BEN]: 'queued' }, [attempt(1, [ANNA, BEN], 'failed')])).toEqual([
    'Attempt 1 for both recipients: the server could not be reached or used',
  ])
})

test('an attempt that the server accepted also names the recipients that it rejected, with its reply', () => {
  const recipient = (address: string, state: string, reply: string | null) => ({ address, state, reply, code: null })
  const reply = '550 5.1.1 <ben> is not known'
  const to = [
    recipient(ANNA, 'delivered', '250 2.1.5 OK'),
    recipient(BEN, 'failed', reply),
    recipient(CARA, 'failed', reply),
  ]
  const changed = { state: 'failed', endedAt: NOW, to } as unknown as Partial<MessageDetail>
  const about: Parameters<typeof lines> = [{ 1: '', 2: '', 3: '' }, [attempt(1, [ANNA, BEN, CARA])], changed]
  expect(titles(...about)).toEqual([`Attempt 1 for ${ANNA}: accepted`, `Attempt 1 for ${BEN}, ${CARA}: rejected`])
  expect(lines(...about).match(/550 5\.1\.1/g)).toHaveLength(1)
})

test.each([
  ['en', 'Declined for the recipient', 'Rule 1, Keep in'],
  ['de', 'Durch Regel abgelehnt für den Empfänger', 'Regel 1, Keep in'],
] as const)(
  'what a rule declined is a sentence with the rule, and no time that an attempt took (%s)',
  (locale, ...said) => {
    const declined = {
      ...attempt(1, [ANNA], 'failed'),
      code: 'declined-by-rule' as const,
      durationMs: 0,
      decision: { by: 'rule' as const, rule: 1, name: 'Keep in' },
    }
    const text = lines({ [ANNA]: 'declined' }, [declined], { state: 'declined', endedAt: NOW }, locale)
    expect(text.split(/\n+/).slice(-3, -1)).toEqual(said)
  },
)

test('a waiting message says when it gives up, and a held one does not, since its release sets a new date', () => {
  const open = (state: 'queued' | 'held') => lines({ [ANNA]: 'queued' }, [], { state, endedAt: null })
  expect(open('queued')).toContain('End of attempts')
  expect(open('held')).not.toContain('End of attempts')
})

test('a day is said once, above its first line, and each line has its time with the date for machines', () => {
  const later = { ...attempt(1, [ANNA], 'failed'), at: new Date('2026-11-30T09:00:07Z') }
  const expiresAt = new Date('2026-12-05T09:00:00Z')
  const changed = { state: 'queued', endedAt: null, expiresAt } as const
  const html = htmlOf({ [ANNA]: 'queued' }, [later], changed)
  expect(
    lines({ [ANNA]: 'queued' }, [later], changed)
      .replaceAll('\u00a0', ' ')
      .match(/.*2026, UTC$|^\d\d:.*/gm),
  ).toEqual(['Monday, 30 November 2026, UTC', '09:00:00', '09:00:07', 'Saturday, 5 December 2026, UTC', '09:00:00'])
  expect(html).toContain('dateTime="2026-11-30T09:00:07.000Z"')
})

test('what a server replied is marked as English on a German page', () => {
  const refused = { ...attempt(1, [ANNA], 'refused'), reply: '550 5.1.1 User unknown' }
  expect(htmlOf({ [ANNA]: 'failed' }, [refused], undefined, 'de')).toMatch(/<p lang="en"[^>]*>550 5\.1\.1/)
})

test.each([
  [{ by: 'last-line', from: 'noreply@contoso.example' }, ANNA, true],
  [{ by: 'last-line', from: ANNA.toUpperCase() }, ANNA, false],
  [{ by: 'last-line' }, ANNA, false], // declined
  [{ by: 'rule', from: 'noreply@contoso.example' }, ANNA, false],
  [{ by: 'no-originator', from: 'noreply@contoso.example' }, null, false],
])(
  'whether the sender of the mail server replaced another because no rule matched: %j for %s',
  (decision, originator, is) => {
    expect(replacesSender(decision as StoredAttempt['decision'], originator)).toBe(is)
  },
)
