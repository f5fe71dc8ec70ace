import { getHeapSpaceStatistics } from 'node:v8'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../../tests/support/database'
import type { AuditEntry } from '../../audit'
import { migrate } from '../../db/maintenance/migrate'
import { MIGRATIONS } from '../../db/maintenance/migrations'
import type { DirectoryApplication, DirectoryCredential } from '../../entra/contracts'
import { DAY_MS, newId, SYSTEM_CALLER } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { bordersOf, type InventoryFilter } from '../inventory/types'
import { claimRun, endRun, insertRun, latestRuns, savePage } from './inventory'
import { inventoryPage } from './inventory-page'

const TENANT_ID = '00000000-0000-4000-8000-000000000001'
const ALL: InventoryFilter = { state: 'all', kind: null, text: '', owner: 'any', order: 'urgent' }
const NOW = new Date('2026-11-25T12:00:00Z')
const BORDERS = bordersOf([60], NOW)
const LEASE_MS = 60_000
/** A text in most of those that have a credential is in more than are looked through one by one. */
const MANY = 2_000
const PAGE = 200

const NAMES = [
  'Ärger im ÖPNV',
  '100%_off',
  'C:\\Payroll',
  'tab\tand line\nbreak',
  '測試 🔑',
  '  spaces around  ',
  '',
  'ab',
]
const id = (kind: number, at: number): string =>
  `${kind}${String(at).padStart(7, '0')}-0000-4000-8000-${String(at * 7919).padStart(12, '0')}`

const credential = (at: number, more: Partial<DirectoryCredential> = {}): DirectoryCredential => ({
  kind: at % 3 === 0 ? 'certificate' : 'secret',
  keyId: id(3, at),
  displayName: at % 5 === 0 ? (NAMES[(at / 5) % NAMES.length] ?? '') : `key of ${at}`,
  hint: null,
  thumbprint: null,
  startsAt: null,
  endsAt: at % 11 === 0 ? null : new Date(NOW.getTime() + ((at * 37) % 400) * DAY_MS),
  ...more,
})
const applications: DirectoryApplication[] = Array.from({ length: MANY }, (_, at) => ({
  objectId: id(1, at),
  appId: id(2, at),
  displayName: at % 7 === 0 ? (NAMES[(at / 7) % NAMES.length] ?? '') : `Invoice mailer ${at}`,
  owners: at % 4 === 0 ? [] : [`Team ${at % 50}`, ...(at === 9 ? ['Kolibri'] : [])],
  credentials: Array.from({ length: at % 3 }, (_, more) => credential(at * 3 + more)),
}))

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
  await read(applications)
})
afterAll(() => database.drop())

const audit: AuditEntry = {
  action: 'inventory.end',
  ...SYSTEM_CALLER,
  result: 'done',
  subject: `tenant:${TENANT_ID}`,
  details: {},
}

/** A complete run, or one that fails after these applications. */
async function read(applications: readonly DirectoryApplication[], { fails = false } = {}): Promise<void> {
  const { db } = database
  await insertRun(db, { id: newId(), tenantId: TENANT_ID, startedBy: 'x', startedAt: NOW }, audit)
  let run = await claimRun(db, NOW, LEASE_MS)
  for (let from = 0; run && from < applications.length; from += PAGE) {
    const page = { applications: applications.slice(from, from + PAGE), nextLink: 'x', now: NOW, leaseMs: LEASE_MS }
    run = await savePage(db, run, page)
  }
  if (!run) throw new Error('the lease was lost')
  const fault = { code: 'unanswered', evidence: '' } as const
  const outcome = fails ? ({ state: 'failed', fault } as const) : ({ state: 'done' } as const)
  expect(await endRun(db, run, outcome, NOW, () => audit)).toBe(true)
}

/** Key IDs in the list's order, by pages of three sizes. */
async function keyIds(filter: Partial<InventoryFilter>, rows = 500): Promise<string[]> {
  const ids: string[] = []
  for (let page = 1, more = true; more; page++) {
    const query = { filter: { ...ALL, ...filter }, borders: BORDERS, page, rows }
    const part = await inventoryPage(database.db, TENANT_ID, query)
    ids.push(...part.rows.map(({ keyId }) => keyId))
    more = part.hasLater
  }
  return ids
}

/** As it should be, by reading everything. */
function withText(text: string): Set<string> {
  const matches = applications.flatMap(({ objectId, appId, displayName, owners, credentials }) =>
    credentials
      .filter((one) =>
        [displayName, one.displayName, ...owners, appId, objectId, one.keyId].some((name) =>
          name.toLowerCase().includes(text.toLowerCase()),
        ),
      )
      .map(({ keyId }) => keyId),
  )
  return new Set(matches)
}

const TEXTS = [
  ...[
    'invoice',
    'INVOICE mailer 11',
    'voic',
    'team 4',
    'Kolibri',
    'key of 3',
    'ärger',
    'ÄRGER',
    'öpnv',
    'nowhere-at-all',
  ],
  ...[
    '%',
    '_',
    '\\',
    '100%',
    '%_off',
    '100__off',
    'c:\\pay',
    'l\\',
    'line\nbreak',
    'e\nb',
    '測',
    '測試',
    '測試 🔑',
    '🔑',
  ],
  ...[
    '  spaces',
    'a',
    'ab',
    'q',
    '~~',
    '-4',
    '-4000-',
    id(1, 7),
    id(2, 700),
    id(3, 31),
    id(3, 31).slice(3, 30),
    '000-8000-00',
  ],
]
const FILTERS: Partial<InventoryFilter>[] = [
  {},
  { kind: 'certificate' },
  { state: 'soon' },
  { state: 'date-unknown' },
  { owner: 'none' },
]

test('a text finds every credential that contains it, with every other condition, exactly as a full scan does', async () => {
  for (const filter of FILTERS) {
    const everything = await keyIds(filter)
    expect(everything.length).toBeGreaterThan(50)
    for (const text of TEXTS) {
      const having = withText(text)
      const expected = everything.filter((keyId) => having.has(keyId))
      const description = `${JSON.stringify(text)} ${JSON.stringify(filter)}`
      expect({ description, matches: await keyIds({ ...filter, text }) }).toEqual({ description, matches: expected })
    }
  }
}, 60_000)

test('a text that does not occur is searched with the index', async () => {
  const plan = await database.db.$queryRaw<{ 'QUERY PLAN': string }[]>`
    EXPLAIN SELECT 1 FROM "AppRegistrationText" t WHERE message_trigrams(t."text") @> message_trigrams('nowhere-at-all')`
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('AppRegistrationText_trigrams')
})

/** Of each row, which version of it is stored, and where. */
const versions = () =>
  database.db.$queryRaw<object[]>`
    SELECT "objectId", xmin::text AS "writtenBy", ctid::text AS "place" FROM "AppRegistrationText" ORDER BY 1`

test('a run without changes writes nothing into the index', async () => {
  const before = await versions()
  expect(before).toHaveLength(applications.filter(({ credentials }) => credentials.length > 0).length)
  await read(applications)
  expect(await versions()).toEqual(before)
})

test('a renamed credential is found by its new name only; one that is gone at Microsoft is found until a run is completed', async () => {
  const [replaced, later, gone] = [credential(4), credential(4, { displayName: 'Zaunkönig' }), credential(5)]
  const changed = applications.map((one, at) => (at === 1 ? { ...one, credentials: [later] } : one))
  const [, first] = applications
  if (!first) throw new Error('no applications')
  await read(applications.map((one, at) => (at === 1 ? { ...one, credentials: [replaced, gone] } : one)))
  await read(changed.slice(0, PAGE), { fails: true })
  expect(await keyIds({ text: 'zaunkönig' })).toEqual([later.keyId])
  expect(await keyIds({ text: replaced.displayName })).not.toContain(replaced.keyId)
  expect(await keyIds({ text: gone.keyId })).toEqual([gone.keyId])
  await read(changed)
  expect(await keyIds({ text: gone.keyId })).toEqual([])
  await read(changed.filter(({ objectId }) => objectId !== first.objectId))
  expect(await keyIds({ text: 'zaunkönig' })).toEqual([])
  const texts = await database.db.appRegistrationText.count({ where: { objectId: first.objectId } })
  expect(texts).toBe(0)
})

test('what an earlier version has read is found, and its owners are offered, before the next run', async () => {
  const earlier = await emptyDatabase()
  try {
    const url = new Redacted(earlier.url)
    const known = MIGRATIONS.slice(0, MIGRATIONS.indexOf('0022_app_registration_text'))
    expect(await migrate(url, { known })).toMatchObject({ ok: true })
    await earlier.db.$executeRaw`
      INSERT INTO "AppRegistration" ("tenantId", "objectId", "appId", "displayName", "owners", "runId", "seenAt")
      VALUES (${TENANT_ID}::uuid, ${id(1, 1)}::uuid, ${id(2, 1)}::uuid, 'Heron', '{Kolibri}', ${newId()}::uuid, now())`
    await earlier.db.$executeRaw`
      INSERT INTO "InventoryRun" ("id", "tenantId", "state", "startedBy", "startedAt")
      VALUES (${newId()}::uuid, ${TENANT_ID}::uuid, 'done', 'system', now())`
    for (const at of [1, 2])
      await earlier.db.$executeRaw`
        INSERT INTO "AppCredential" ("tenantId", "objectId", "keyId", "kind", "displayName", "searchText", "runId")
        VALUES (${TENANT_ID}::uuid, ${id(1, 1)}::uuid, ${id(3, at)}::uuid, 'secret', 'x', ${`heron\nkey ${at}`}, ${newId()}::uuid)`
    expect(await migrate(url)).toMatchObject({ ok: true })
    expect(await earlier.db.appRegistrationText.findMany()).toMatchObject([{ text: 'heron\nkey 1\nkey 2' }])
    expect((await latestRuns(earlier.db, TENANT_ID)).done?.frequentOwners).toEqual(['Kolibri'])
  } finally {
    await earlier.drop()
  }
}, 30_000)

test('the owners of most applications are offered; a name that is gone from the tenant is in no run', async () => {
  await read(applications)
  const { done } = await latestRuns(database.db, TENANT_ID)
  expect(done?.frequentOwners).toHaveLength(20)
  expect(done?.frequentOwners).toContain('Team 1')
  await read(applications.map((one) => ({ ...one, owners: ['Kolibri'] })))
  const runs = await database.db.inventoryRun.findMany({ select: { frequentOwners: true } })
  expect(runs.flatMap(({ frequentOwners }) => frequentOwners)).toEqual(['Kolibri'])
})

/** What only a collection of everything takes away again. */
function largeTextsMb(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'large_object_space')
  return (space?.space_used_size ?? 0) / 1024 / 1024
}

test('R-21 no page of Graph leaves a long text in memory, whatever its names are', async () => {
  const page = applications.slice(0, PAGE).map((one, at) => ({
    ...one,
    displayName: `測試 ${one.displayName}`,
    credentials: Array.from({ length: 3 }, (_, more) => credential(at * 3 + more, { displayName: '測試' })),
  }))
  await read(page)
  const before = largeTextsMb()
  await read(Array.from({ length: 20 }, () => page).flat(), { fails: true })
  expect(largeTextsMb() - before).toBeLessThan(2)
})
