import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { HOUR_MS, newOrderedId } from '../kernel'
import { EMPTY_RULE, type RuleFields } from './draft'
import { parsePolicy } from './fields'
import { examplesOf, impactOf } from './recent'
import type { Sending } from './sender'
import { recentMail } from './store'

const NOW = new Date('2026-11-27T09:00:00Z')
let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const rule = (id: string, change: Partial<RuleFields> = {}): RuleFields => ({
  ...EMPTY_RULE,
  id,
  name: id,
  ...change,
})
const SENDING: Sending = {
  server: { type: 'smtp', senderAddress: 'post@contoso.example', senderName: '', allowIndividualSenders: false },
  senders: new Map(),
}
function rulesOf(...rules: RuleFields[]) {
  const parsed = parsePolicy({ rules, otherwise: 'allow' })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
const mail = [
  { originator: 'anna@contoso.example', recipients: ['a@fabrikam.example', 'b@litware.example'], count: 3 },
  { originator: 'mfp@contoso.example', recipients: ['c@litware.example'], count: 2 },
]

test('recent mail is that of programs in the last 24 hours, equal messages counted together', async () => {
  const message = async (originator: string | null, hoursAgo: number) => {
    const at = new Date(NOW.getTime() - hoursAgo * HOUR_MS)
    await database.db.message.create({
      data: {
        id: newOrderedId(at),
        mailServerId: '01900000-0000-7000-8000-000000000001',
        source: 'test',
        originator,
        subject: '',
        messageId: '<x@contoso.example>',
        sizeBytes: 1,
        needsUtf8: false,
        acceptedAt: at,
        dueAt: at,
        expiresAt: at,
        recipients: { create: ['b@x.example', 'a@x.example'].map((address, position) => ({ position, address })) },
      },
    })
  }
  for (const hoursAgo of [1, 23, 25]) await message('anna@contoso.example', hoursAgo)
  await message(null, 1)
  expect(await recentMail(database.db, NOW)).toEqual([
    { originator: 'anna@contoso.example', recipients: ['b@x.example', 'a@x.example'], count: 2 },
  ])
})

test('the impact counts messages by rule for the saved rules and the draft, and those that would be sent differently', () => {
  const fabrikam = rule('f', { recipients: 'fabrikam.example' })
  const saved = rulesOf(fabrikam)
  const draft = rulesOf(fabrikam, rule('m', { senders: 'mfp@contoso.example', senderAddress: 'scan@contoso.example' }))
  expect(impactOf(mail, { saved, draft, servers: () => SENDING })).toEqual({
    messages: 5,
    saved: { f: 3 },
    draft: { f: 3, m: 2 },
    undecided: 0,
    different: 2,
  })
  expect(impactOf(mail, { saved, draft: saved, servers: () => SENDING })).toMatchObject({ undecided: 2, different: 0 })
})

test('messages that do not fit into a quarter of a second are left out of the impact', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const servers = () => {
    vi.advanceTimersByTime(251)
    return SENDING
  }
  expect(impactOf(mail, { saved: rulesOf(), draft: rulesOf(), servers })).toMatchObject({ messages: 3 })
  vi.useRealTimers()
})

test('a rule that only says what happens anyway changes no message', () => {
  const [saved, draft] = [rulesOf(), rulesOf(rule('a'))]
  expect(impactOf(mail, { saved, draft, servers: () => SENDING })).toMatchObject({ draft: { a: 5 }, different: 0 })
})

test('examples come from the simulator, then from messages, and otherwise from the pattern', () => {
  const of = (senders: string, tried = '') =>
    examplesOf({ rules: [rule('r', { senders, name: '' })], otherwise: 'allow' }, mail, {
      originator: tried,
      recipients: '',
    }).r?.senders
  expect(of('mfp@contoso.example')).toEqual({ match: 'mfp@contoso.example', miss: 'anna@contoso.example' })
  expect(of('contoso.example', 'eva@contoso.example')).toEqual({
    match: 'eva@contoso.example',
    miss: 'info@mail.contoso.example',
  })
  expect(of('mfp-*@fabrikam.example')).toEqual({ match: 'mfp-1@fabrikam.example', miss: 'anna@contoso.example' })
  expect(of('*.fabrikam.example')).toEqual({ match: 'info@mail.fabrikam.example', miss: 'anna@contoso.example' })
  expect(of('/.*@litware\\.example/')).toEqual({ match: null, miss: 'anna@contoso.example' })
  expect(of('')).toBeUndefined()
  expect(of('/(a/')).toBeUndefined()
})
