import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { DAY_MS, HOUR_MS, newId, newOrderedId } from '../../kernel'
import { NO_RULE } from '../../policy/rules'
import { COUNTED_MAX, type MessageState } from '../message'
import { SEVERAL } from './list'
import { writeMessageTexts } from './search'
import { createOutboxStore } from './store'

const NOW = new Date('2026-11-30T09:00:00Z')
const SINCE = new Date(NOW.getTime() - DAY_MS)
const [FIRST, SECOND] = [newId(), newId()]
const SCANNER = 'Scanner@contoso.example'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
  for (const [at, id] of [FIRST, SECOND].entries())
    await database.db.mailServer.create({
      data: { id, name: `Server ${at}`, isDefault: at === 0, version: 1, settings: {} },
    })
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.db.message.deleteMany()
  await database.db.sender.deleteMany()
})
const store = () => createOutboxStore(database.db, { now: () => NOW })

interface Planted {
  state: MessageState
  code?: string
  hoursAgo?: number
  endedHoursAgo?: number
  mailServerId?: string
  /** Recipients wait there as well; they may have moved from another mail server. */
  alsoAt?: string
  alsoMovedFrom?: string
  /** It has moved from this mail server to its failover server. */
  movedFromId?: string
  clientId?: string
  decision?: Record<string, string>
  recipient?: string
  /** More recipients, with the fault of each. */
  alsoMissed?: Record<string, string>
}

/** A message as delivery leaves it, with one recipient and one attempt. */
async function plant(message: Planted): Promise<string> {
  const { state, code = null, hoursAgo = 1, endedHoursAgo = hoursAgo, mailServerId = FIRST } = message
  const {
    decision = { from: 'noreply@contoso.example' },
    recipient = 'anna@fabrikam.example',
    alsoMissed = {},
  } = message
  const at = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS)
  const acceptedAt = at(hoursAgo)
  const id = newOrderedId(acceptedAt)
  const isOpen = state === 'queued' || state === 'sending' || state === 'held'
  await database.db.message.create({
    data: {
      id,
      mailServerId,
      state,
      reason: isOpen ? null : code,
      lastCode: code,
      source: 'reminder',
      clientId: message.clientId ?? null,
      movedFromId: message.movedFromId ?? null,
      subject: 'Subject',
      messageId: `<${id}>`,
      sizeBytes: 1,
      needsUtf8: false,
      acceptedAt,
      dueAt: acceptedAt,
      expiresAt: NOW,
      endedAt: isOpen ? null : at(endedHoursAgo),
      sender: decision.from?.toLowerCase() ?? null,
      rule: decision.by === 'last-line' ? NO_RULE : (decision.name ?? null),
      recipients: {
        create: [[recipient, code] as const, ...Object.entries(alsoMissed)].map(([address, fault], position) => ({
          position,
          address,
          code: fault,
          state: state === 'failed' ? 'failed' : 'queued',
        })),
      },
      otherQueues: {
        create: message.alsoAt
          ? [{ mailServerId: message.alsoAt, movedFromId: message.alsoMovedFrom ?? null, dueAt: acceptedAt }]
          : [],
      },
      attempts: {
        create: {
          fence: 1,
          at: at(endedHoursAgo),
          durationMs: 1,
          mailServerId,
          version: 1,
          decision,
          recipients: 1,
          code,
          outcome: code ? 'refused' : 'accepted',
        },
      },
    },
  })
  return id
}
const idsOf = async (filter: Parameters<ReturnType<typeof store>['list']>[0]) =>
  (await store().list(filter, { before: null, rows: 100 })).map(({ id }) => id)

test('a period selects what was accepted or has failed in it, and what still waits however old it is', async () => {
  const [old, waits] = [
    await plant({ state: 'delivered', hoursAgo: 30 }),
    await plant({ state: 'queued', hoursAgo: 60 }),
  ]
  const [late, recent] = [
    await plant({ state: 'failed', code: 'server-busy', hoursAgo: 100, endedHoursAgo: 2 }),
    await plant({ state: 'delivered', hoursAgo: 2 }),
  ]
  await plant({ state: 'failed', code: 'server-busy', hoursAgo: 100, endedHoursAgo: 90 })
  expect((await idsOf({ since: SINCE })).sort()).toEqual([waits, late, recent].sort())
  expect(await idsOf({ since: SINCE, states: ['delivered', 'queued'] })).toEqual([recent, waits])
  expect(await idsOf({ states: ['delivered'] })).toEqual([recent, old])
  expect(await store().countsOf({ since: SINCE })).toMatchObject({ delivered: 1, queued: 1, failed: 1, held: 0 })
  expect(await store().countsOf({}, 1)).toMatchObject({ delivered: 1, failed: 1 })
})

test('earlier failures are those that failed before, and not what was dismissed or accepted before and failed since', async () => {
  await plant({ state: 'failed', hoursAgo: 40, endedHoursAgo: 3 })
  await plant({ state: 'dismissed', hoursAgo: 40 })
  for (let each = 0; each < 2; each++) await plant({ state: 'failed', hoursAgo: 40 })
  expect(await store().failedBefore(SINCE)).toBe(2)
})

test('a range selects what was accepted in it, whenever it failed and whether or not it waits, and groups its failures', async () => {
  const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS)
  await plant({ state: 'queued', hoursAgo: 60 })
  await plant({ state: 'failed', code: 'server-busy', hoursAgo: 100, endedHoursAgo: 30 })
  const [waits, failed] = [
    await plant({ state: 'queued', hoursAgo: 31 }),
    await plant({ state: 'failed', code: 'server-busy', hoursAgo: 30, endedHoursAgo: 2 }),
  ]
  const late = await plant({ state: 'delivered', hoursAgo: 29 })
  const range = { from: ago(31), until: ago(29) }
  expect(await idsOf(range)).toEqual([failed, waits])
  expect(await idsOf({ ...range, states: ['failed'] })).toEqual([failed])
  expect(await idsOf({ from: ago(30) })).toEqual([late, failed])
  expect(await store().countsOf(range)).toMatchObject({ failed: 1, queued: 1, delivered: 0 })
  expect(await store().failures(range)).toMatchObject([{ code: 'server-busy', count: 1 }])
})

test('a list and its counts obey mail server, fault, sender and rule', async () => {
  const byRule = { by: 'rule', name: 'Scanners', from: SCANNER }
  const scan = await plant({ state: 'failed', code: 'send-as-denied', decision: byRule, mailServerId: SECOND })
  const busy = await plant({
    state: 'queued',
    code: 'server-busy',
    decision: { by: 'last-line', from: 'a@contoso.example' },
  })
  const sent = await plant({ state: 'delivered', decision: byRule })
  expect(await idsOf({ mailServerId: SECOND })).toEqual([scan])
  expect(await idsOf({ fault: 'server-busy' })).toEqual([busy])
  expect(await idsOf({ fault: 'server-busy', states: ['delivered'] })).toEqual([])
  expect((await idsOf({ sender: SCANNER.toLowerCase() })).sort()).toEqual([scan, sent].sort())
  expect(await idsOf({ rule: 'Scanners', states: ['failed'] })).toEqual([scan])
  expect(await idsOf({ rule: NO_RULE })).toEqual([busy])
  expect(await store().countsOf({ sender: SCANNER })).toMatchObject({ failed: 1, delivered: 1, queued: 0 })
  // Its attempts had several senders, so it is found by either.
  await database.db.message.update({ where: { id: sent }, data: { sender: SEVERAL, rule: SEVERAL } })
  expect((await idsOf({ sender: SCANNER, rule: 'Scanners' })).sort()).toEqual([scan, sent].sort())
  expect(await idsOf({ sender: 'a@contoso.example' })).toEqual([busy])
  expect(await store().countsOf({ sender: SCANNER, rule: 'Scanners' })).toMatchObject({ failed: 1, delivered: 1 })
  expect(await store().filterChoices()).toEqual({
    senders: ['a@contoso.example', 'Scanner@contoso.example'],
    rules: [NO_RULE, 'Scanners'],
  })
})

test.each(['queued', 'sending', 'held', 'delivered', 'failed'] as const)(
  'a %s message that has moved to a failover server is found by either mail server, and counts once',
  async (state) => {
    const id = await plant({ state, mailServerId: SECOND, movedFromId: FIRST, alsoAt: FIRST })
    for (const mailServerId of [FIRST, SECOND]) {
      for (const filter of [{}, { states: [state] }]) expect(await idsOf({ ...filter, mailServerId })).toEqual([id])
      expect(await store().countsOf({ mailServerId })).toMatchObject({ [state]: 1 })
    }
    const [row] = await store().list({}, { before: null, rows: 1 })
    const acceptedAt = row?.acceptedAt
    expect(row?.otherQueues).toEqual(state === 'queued' ? [{ mailServerId: FIRST, dueAt: acceptedAt }] : [])
  },
)

test('failed messages are grouped by fault and rejected sender, and dismissed ones are left out', async () => {
  const decision = { by: 'rule', name: 'Scanners', from: SCANNER }
  for (const hoursAgo of [3, 2]) await plant({ state: 'failed', code: 'send-as-denied', decision, hoursAgo })
  await plant({ state: 'failed', code: 'send-as-denied', decision: { from: 'other@contoso.example' } })
  for (const recipient of ['old@litware.example', 'new@litware.example', 'old@litware.example'])
    await plant({ state: 'failed', code: 'recipient-not-found', recipient, mailServerId: SECOND })
  await plant({ state: 'dismissed', code: 'recipient-not-found' })
  expect(await store().failures({ since: SINCE })).toMatchObject([
    { code: 'recipient-not-found', count: 3, sender: null, recipient: 'new@litware.example', recipients: 2 },
    { code: 'send-as-denied', count: 2, sender: SCANNER, failedAt: new Date(NOW.getTime() - 2 * HOUR_MS) },
    { code: 'send-as-denied', count: 1, sender: 'other@contoso.example' },
  ])
})

test('a group of failures has as many messages as its fault and sender select, also when several senders were rejected', async () => {
  const [other, third] = ['other@contoso.example', 'third@contoso.example']
  for (const from of [SCANNER, SCANNER.toLowerCase(), other])
    await plant({ state: 'failed', code: 'send-as-denied', decision: { from } })
  const id = await plant({ state: 'failed', code: 'send-as-denied', decision: { from: SCANNER } })
  const attempt = await database.db.attempt.findFirstOrThrow({ where: { messageId: id } })
  const later = [
    { code: 'send-as-denied', decision: { from: other } },
    { code: 'server-busy', decision: { from: third } },
  ].map((each, part) => ({ ...attempt, ...each, part: attempt.part + 1 + part }))
  await database.db.attempt.createMany({ data: later })
  await database.db.message.update({ where: { id }, data: { sender: SEVERAL } })
  const groups = await store().failures({})
  expect(groups.map(({ sender }) => sender?.toLowerCase()).sort()).toEqual([other, SCANNER.toLowerCase()])
  for (const { code, sender, count } of groups) {
    expect(count).toBe(2)
    expect(await idsOf({ states: ['failed'], fault: code, sender: sender ?? '' })).toHaveLength(count)
  }
  // Without the fault it is found by each of its senders.
  expect(await idsOf({ sender: third })).toEqual([id])
})

test.each(['queued', 'sending', 'held'] as const)(
  'a %s message of which recipients wait for two mail servers is found by either, and counts once',
  async (state) => {
    const id = await plant({ state, alsoAt: SECOND })
    const there = await plant({ state, mailServerId: SECOND, alsoAt: SECOND })
    await plant({ state })
    for (const filter of [{}, { states: [state] }, { since: SINCE }])
      expect(await idsOf({ ...filter, mailServerId: SECOND })).toEqual([id, there].sort().reverse())
    expect(await store().countsOf({ mailServerId: SECOND })).toMatchObject({ [state]: 2 })
    expect(await idsOf({ mailServerId: FIRST })).toHaveLength(2)
    // Its further queue has moved to the failover server.
    const moved = await plant({ state, mailServerId: SECOND, alsoAt: SECOND, alsoMovedFrom: FIRST })
    for (const filter of [{}, { states: [state] }])
      expect(await idsOf({ ...filter, mailServerId: FIRST })).toContain(moved)
    expect(await store().countsOf({ mailServerId: FIRST })).toMatchObject({ [state]: 3 })
    await writeMessageTexts(database.db)
    expect(await idsOf({ mailServerId: SECOND, terms: ['subject'] })).toHaveLength(3)
  },
)

test('every recipient whom a fault kept from getting a message counts, also several of one message', async () => {
  const alsoMissed = { 'bert@fabrikam.example': 'recipient-not-found', 'cleo@fabrikam.example': 'mailbox-full' }
  await plant({ state: 'failed', code: 'recipient-not-found', alsoMissed })
  await plant({ state: 'failed', code: 'recipient-not-found', recipient: 'dora@fabrikam.example' })
  expect(await store().failures({})).toMatchObject([{ count: 2, recipient: 'anna@fabrikam.example', recipients: 3 }])
})

test('messages that wait are counted for the mail server that they wait for, also at its failover server', async () => {
  const acceptedAt = new Date(NOW.getTime() - 3 * HOUR_MS)
  for (const hoursAgo of [1, 3]) await plant({ state: 'queued', hoursAgo, mailServerId: SECOND })
  await plant({ state: 'queued', hoursAgo: 5 })
  expect(await store().waitingAt([SECOND])).toEqual({ count: 2, since: acceptedAt })
  // Twice there, as after a failover: one message.
  await plant({ state: 'queued', hoursAgo: 2, mailServerId: SECOND, alsoAt: SECOND })
  await plant({ state: 'queued', hoursAgo: 4, alsoAt: SECOND })
  expect(await store().waitingAt([SECOND])).toEqual({ count: 4, since: new Date(NOW.getTime() - 4 * HOUR_MS) })
  expect(await store().waitingAt([newId()])).toEqual({ count: 0, since: null })
  expect(await store().waitingAt([])).toEqual({ count: 0, since: null })
  // At its failover server, as a whole or for some of its recipients.
  const third = newId()
  await database.db.mailServer.create({ data: { id: third, name: 'Third', version: 0, settings: {} } })
  await plant({ state: 'queued', mailServerId: SECOND, movedFromId: third })
  await plant({ state: 'queued', alsoAt: SECOND, alsoMovedFrom: third })
  expect(await store().waitingAt([third])).toMatchObject({ count: 2 })
  expect(await store().waitingAt([SECOND, third])).toMatchObject({ count: 6 })
})

test('the first attempt of a mail server is that of the message that is due first or under way', async () => {
  const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000)
  const next = () => store().nextAttemptAt([SECOND])
  expect(await next()).toBeNull()
  await plant({ state: 'queued' })
  expect(await next()).toBeNull()
  const ids = [
    await plant({ state: 'queued', mailServerId: SECOND }),
    await plant({ state: 'queued', mailServerId: SECOND }),
  ]
  for (const [place, id] of ids.entries())
    await database.db.message.update({ where: { id }, data: { dueAt: at(80 - place * 20) } })
  expect(await next()).toEqual(at(60))
  await plant({ state: 'queued', alsoAt: SECOND })
  await database.db.otherQueue.updateMany({ data: { dueAt: at(40) } })
  expect(await next()).toEqual(at(40))
  // A worker has claimed several and begun with one.
  await database.db.message.update({ where: { id: ids[1] ?? '' }, data: { state: 'sending' } })
  expect(await next()).toEqual(at(40))
  await database.db.message.update({ where: { id: ids[0] ?? '' }, data: { state: 'sending', begunAt: at(-5) } })
  expect(await next()).toEqual(at(-5))
})

test('the first attempt of a mail server is known also if it is that of the newest of more messages than are counted', async () => {
  const older = await plant({ state: 'queued', mailServerId: SECOND, hoursAgo: 2 })
  const row = await database.db.message.findUniqueOrThrow({ where: { id: older } })
  const later = new Date(NOW.getTime() + HOUR_MS)
  const data = Array.from({ length: COUNTED_MAX }, () => {
    const id = newOrderedId(row.acceptedAt)
    return { ...row, id, messageId: `<${id}>`, dueAt: later }
  })
  await database.db.message.createMany({ data })
  await database.db.message.update({ where: { id: older }, data: { dueAt: later } })
  const first = await plant({ state: 'queued', mailServerId: SECOND })
  await database.db.message.update({ where: { id: first }, data: { dueAt: NOW } })
  expect(await store().nextAttemptAt([SECOND])).toEqual(NOW)
})

test('what waits is counted by client only when more of it does than is asked for', async () => {
  const clientId = newId()
  for (const state of ['queued', 'sending', 'held', 'delivered', 'failed'] as const) await plant({ state, clientId })
  await plant({ state: 'queued' })
  const inAll = [{ clientId: null, messages: 4, bytes: 4 }]
  const byClient = [
    { clientId, messages: 3, bytes: 3 },
    { clientId: null, messages: 1, bytes: 1 },
  ]
  const waiting = async (messages: number, bytes: number) =>
    (await store().waiting({ messages, bytes })).sort((a, b) => b.messages - a.messages)
  expect(await waiting(5, 5)).toEqual(inAll)
  expect(await waiting(4, 5)).toEqual(byClient)
  expect(await waiting(5, 4)).toEqual(byClient)
  expect(await store().waitingOf(clientId)).toBe(3)
  expect(await store().waitingOf(newId())).toBe(0)
})

test('a group is repaired once its sender is verified, or its mail server has accepted mail from it', async () => {
  const decision = { from: SCANNER }
  const repaired = async () => (await store().failures({})).map(({ isRepaired }) => isRepaired)
  await plant({ state: 'delivered', decision, hoursAgo: 5 })
  await plant({ state: 'failed', code: 'send-as-denied', decision, hoursAgo: 3 })
  await plant({ state: 'delivered', hoursAgo: 2 })
  expect(await repaired()).toEqual([false])
  const verified = { outcome: 'accepted', at: new Date(NOW.getTime() - HOUR_MS) }
  const sender = { mailServerId: FIRST, address: SCANNER.toLowerCase(), way: 'send-as', addedBy: 'test', addedAt: NOW }
  await database.db.sender.create({ data: { ...sender, ...verified } })
  expect(await repaired()).toEqual([true])
  await database.db.sender.deleteMany()
  await plant({ state: 'delivered', decision, hoursAgo: 1 })
  expect(await repaired()).toEqual([true])
})

test.each([
  ['of the mail server', 'connection-timed-out', true],
  ['of the message itself', 'message-too-large', false],
])('a fault %s is repaired by a later test or message: %s, %s', async (_, code, expected) => {
  await plant({ state: 'failed', code, hoursAgo: 3 })
  await plant({ state: 'delivered', hoursAgo: 2 })
  expect(await store().failures({})).toMatchObject([{ code, isRepaired: expected }])
})

test('R-15 what a clock that was set back has dated ahead repairs nothing', async () => {
  const decision = { from: SCANNER }
  await plant({ state: 'failed', code: 'connection-timed-out', hoursAgo: 3 })
  await plant({ state: 'failed', code: 'send-as-denied', decision, hoursAgo: 3 })
  await plant({ state: 'delivered', decision, hoursAgo: -24 })
  const startedAt = new Date(NOW.getTime() + DAY_MS)
  const sender = { mailServerId: FIRST, address: SCANNER.toLowerCase(), way: 'send-as', addedBy: 'test', addedAt: NOW }
  await database.db.sender.create({ data: { ...sender, outcome: 'accepted', at: startedAt } })
  expect((await store().failures({})).map(({ isRepaired }) => isRepaired)).toEqual([false, false])
})

test('what waits after a failed attempt is counted by its fault, the most frequent first', async () => {
  for (const code of ['server-busy', 'send-as-denied', 'send-as-denied', null])
    await plant({ state: 'queued', hoursAgo: 30, ...(code && { code }) })
  await plant({ state: 'failed', code: 'server-busy' })
  await plant({ state: 'queued', code: 'server-busy', mailServerId: SECOND })
  expect(await store().waitingFaults({ since: SINCE })).toEqual([
    { code: 'send-as-denied', count: 2 },
    { code: 'server-busy', count: 2 },
  ])
  expect(await store().waitingFaults({ mailServerId: SECOND })).toEqual([{ code: 'server-busy', count: 1 }])
})
