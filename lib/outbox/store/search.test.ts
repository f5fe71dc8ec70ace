import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { checked } from '../../../tests/support/wire-safe'
import { newOrderedId, systemClock } from '../../kernel'
import type { AcceptedMessage } from '../message'
import { searchTerms, searchTextOf } from '../search-text'
import type { MessageFilter } from './list'
import { writeMessageTexts } from './search'
import { createOutboxStore } from './store'

const SERVER_ID = '00000000-0000-4000-8000-000000000001'
let database: TestDatabase
/** More than a search scans without the index. */
const MANY = 6_000
/** They were accepted from then on, one a second. */
const START_MS = Date.now() - MANY * 1_000
const messages: AcceptedMessage[] = []
let delivered: Set<string>
/** The search text of each message, in the same order. */
let texts: string[]

beforeAll(async () => {
  database = await freshDatabase()
  for (let at = 0; at < MANY; at++) {
    const acceptedAt = new Date(START_MS + at * 1_000)
    const usual = at % 2 === 0 ? `Invoice ${at} of May` : `100%_off \\ ${at}`
    messages.push({
      id: newOrderedId(acceptedAt),
      mailServerId: SERVER_ID,
      mailbox: '',
      otherQueues: [],
      source: 'reminder',
      cause: null,
      originator: at % 50 === 7 ? `Person-${at}@contoso.example` : null,
      recipients: [`user${at}@fabrikam.example`, ...(at % 100 === 3 ? ['Zweite.Öffnung@litware.example'] : [])],
      subject: at === 5 ? 'Ärger mit\tSÜSSEM' : usual,
      messageId: `<mail-${at}.x${at % 997}@contoso.example>`,
      bytes: checked('The body knows a Kolibri\r\n'),
      needsUtf8: false,
      acceptedAt,
      expiresAt: acceptedAt,
    })
  }
  texts = messages.map(searchTextOf)
  delivered = new Set(messages.filter((_, at) => at % 3 !== 0).map(({ id }) => id)) // all but every third
  const store = createOutboxStore(database.db, systemClock)
  await store.insert(messages)
  await database.db.message.updateMany({ where: { id: { in: [...delivered] } }, data: { state: 'delivered' } })
})
afterAll(() => database.drop())

/** The expected result, by reading all messages. */
function expected(typed: string, filter: MessageFilter, before: string | null, rows: number): string[] {
  const { states, originator, from, until } = filter
  const terms = typed.toLowerCase().split(/\s+/)
  return messages
    .filter((_, at) => terms.every((term) => texts[at]?.includes(term)))
    .filter(({ id }) => !states || states.includes(delivered.has(id) ? 'delivered' : 'queued'))
    .filter(({ acceptedAt }) => (!from || acceptedAt >= from) && (!until || acceptedAt < until))
    .filter((message) => !originator || message.originator === originator)
    .filter(({ id }) => before === null || id < before)
    .map(({ id }) => id)
    .sort()
    .reverse()
    .slice(0, rows)
}

const TYPED = [
  ...[
    'invoice',
    'INVOICE 42 may',
    'nvoic',
    'person-57',
    'mail-12.x',
    '%_off',
    '\\ 310',
    'ärger',
    'süss',
    'öffnung',
    'zweite.ö',
  ],
  ...['user5999@', 'user0@fabrikam', 'x996@contoso', 'nowhere-at-all', 'fabrikam litware', 'may 1', 'kolibri', 'x12 7'],
]
const FILTERS: MessageFilter[] = [
  {},
  { states: ['queued', 'sending'] },
  { states: ['delivered'] },
  { states: ['held'] },
  { originator: 'Person-57@contoso.example' },
  { states: ['delivered'], originator: 'Person-107@contoso.example' },
  { states: ['delivered'], from: new Date(START_MS + 2_000_000), until: new Date(START_MS + 4_000_000) },
]

/** @param turn which half of the searches begins in the middle: 0 or 1. With SOAK=1 all begin both there and with the newest. */
async function compare(turn: number): Promise<void> {
  const store = createOutboxStore(database.db, systemClock)
  const middle = messages[MANY / 2]?.id ?? null
  for (const [at, typed] of TYPED.entries())
    for (const [more, filter] of FILTERS.entries())
      for (const before of process.env.SOAK ? [null, middle] : [(at + more + turn) % 2 === 0 ? null : middle]) {
        const terms = searchTerms(typed) ?? []
        const rows = await store.list({ ...filter, terms }, { before, rows: 51 })
        const search = `${typed} ${JSON.stringify(filter)} ${before}`
        expect({ search, ids: rows.map(({ id }) => id) }).toEqual({ search, ids: expected(typed, filter, before, 51) })
      }
}

test('a search finds the same messages as a simple implementation, newest first, under every other condition', {
  timeout: 120_000,
}, async () => {
  expect(await writeMessageTexts(database.db)).toBe(MANY)
  expect(await writeMessageTexts(database.db)).toBe(0)
  await compare(0)
})

test('messages without a search text are found as well, and late ones get theirs although newer ones came first', {
  timeout: 120_000,
}, async () => {
  const young = messages.slice(-300).map(({ id }) => id)
  await database.db.messageText.deleteMany({ where: { messageId: { in: young } } })
  await compare(1)
  const late = young.slice(0, 299)
  await writeMessageTexts(database.db)
  await database.db.messageText.deleteMany({ where: { messageId: { in: late } } })
  expect(await writeMessageTexts(database.db)).toBe(299)
})

test('a text that does not occur is searched in the index', async () => {
  const plan = await database.db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL enable_seqscan = off`
    return await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
      EXPLAIN SELECT 1 FROM "MessageText" t WHERE message_trigrams(t."text") @> message_trigrams('nowhere')`
  })
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('MessageText_trigrams')
})

test('terms that are too short are not searched, nor are texts of messages', () => {
  expect(searchTerms('ab c')).toBeNull()
  expect(searchTerms(' \u0000\t')).toBeNull()
  expect(searchTerms('ab\u0000cde')).toEqual(['ab', 'cde'])
  expect(searchTerms('𝄞𝄞')).toBeNull()
})

test('the search text is removed with its message', async () => {
  const [{ id } = { id: '' }] = messages
  await database.db.message.delete({ where: { id } })
  expect(await database.db.messageText.findUnique({ where: { messageId: id } })).toBeNull()
})
