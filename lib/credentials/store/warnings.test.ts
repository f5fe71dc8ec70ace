import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { DAY_MS, newId } from '../../kernel'
import { warningsOf } from '../reminders/warnings'
import { warnedCredentials } from './warnings'

const NOW = new Date('2027-03-01T12:00:00Z')
const SERVER = newId()

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
  await fresh.db.mailServer.create({ data: { id: SERVER, name: 'Mail server', settings: {}, version: 1 } })
})
beforeEach(() => fresh.db.credential.deleteMany())
afterAll(() => fresh.drop())

interface Given {
  slot?: string
  days?: number
  expiresAt?: Date
  refusedAt?: Date
  refusedCode?: string
  acceptedAt?: Date
  removedAt?: Date
}
async function store({ days, ...facts }: Given): Promise<void> {
  const id = newId()
  const expiresAt = facts.expiresAt ?? (days === undefined ? null : new Date(NOW.getTime() + days * DAY_MS))
  const data = { id, mailServerId: SERVER, kind: 'client-secret', slot: 'current', digest: id, createdBy: 'x' }
  await fresh.db.credential.create({ data: { ...data, ...facts, expiresAt } })
}
async function warned() {
  const { credentials, thresholdsDays } = await warnedCredentials(fresh.db, NOW)
  return warningsOf(credentials, { thresholdsDays, now: NOW })
}

test('R-15 R-16 a warning begins with the largest threshold, to the millisecond', async () => {
  const border = new Date(NOW.getTime() + 60 * DAY_MS)
  await store({ expiresAt: new Date(border.getTime() + 1) })
  expect(await warned()).toEqual([])
  await fresh.db.credential.deleteMany()
  await store({ expiresAt: border })
  expect(await warned()).toMatchObject([
    { state: 'soon', daysLeft: 60, holderName: 'Mail server', nextIsVerified: false },
  ])
})

test.each<[string, Given, object[]]>([
  ['healthy', { days: 61 }, []],
  ['without a date', {}, []],
  ['critical', { days: 7 }, [{ state: 'critical', daysLeft: 7 }]],
  ['ended', { days: -1 }, [{ state: 'expired', daysLeft: -1 }]],
  ['refused', { days: 300, refusedAt: NOW, refusedCode: 'secret-invalid' }, [{ state: 'refused', daysLeft: 300 }]],
  [
    'ended by what Entra says',
    { refusedAt: NOW, refusedCode: 'secret-expired' },
    [{ state: 'expired', daysLeft: null }],
  ],
  ['replaced', { slot: 'previous', days: 1 }, []],
  ['removed', { slot: 'previous', days: 1, removedAt: NOW }, []],
  ['prepared and never accepted', { slot: 'next', refusedAt: NOW, refusedCode: 'secret-invalid' }, []],
  ['prepared, and ending', { slot: 'next', days: 3 }, [{ state: 'critical', slot: 'next' }]],
])('R-16 a credential that is %s', async (_, facts, expected) => {
  await store(facts)
  expect(await warned()).toMatchObject(expected)
  expect(await warned()).toHaveLength(expected.length)
})

test('the worst comes first, and a verified next credential is mentioned', async () => {
  await store({ days: 12 })
  await store({ slot: 'next', days: 5, acceptedAt: NOW })
  expect(await warned()).toMatchObject([
    { slot: 'next', state: 'critical', nextIsVerified: false },
    { slot: 'current', state: 'soon', nextIsVerified: true },
  ])
})

test('R-15 an API key is warned of from the largest threshold on, unless its client is disabled or removed', async () => {
  const add = (name: string, days: number, more: object = {}) =>
    fresh.db.client.create({
      data: {
        id: newId(),
        way: 'api-key',
        kind: 'application',
        name,
        senders: ['*@contoso.example'],
        secretHash: name,
        createdBy: 'x',
        createdAt: NOW,
        expiresAt: new Date(NOW.getTime() + days * DAY_MS),
        ...more,
      },
    })
  await add('Near', 5)
  await add('Far', 61)
  await add('Disabled', 5, { disabledAt: NOW })
  await add('Removed', 5, { removedAt: NOW, secretHash: null })
  expect(await warned()).toMatchObject([{ kind: 'api-key', holderName: 'Near', state: 'critical', daysLeft: 5 }])
})
