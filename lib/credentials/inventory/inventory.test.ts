import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../../../simulator/simulator'
import { temporarySimulator } from '../../../simulator/test-client'
import { clockAhead, servicesAt } from '../../../tests/support/credentials-services'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { waitingFor } from '../../../tests/support/locks'
import { caller, newKey, saved } from '../../../tests/support/mail-server'
import { createVault } from '../../crypto/vault'
import { createDatabaseClock } from '../../db'
import { type Clock, MINUTE_MS, newId, recordOf, systemClock } from '../../kernel'
import { composeCredentials } from '../../services/credentials'
import { composeMailServer } from '../../services/mail-server'
import { createInventory } from './list'
import { INVENTORY_STATES, type InventoryFilter, type InventoryRow, inventoryState } from './types'

/** Two hundred applications are one page of Graph. */
const SIZE = process.env.SOAK
  ? { applications: 20_000, credentials: 45_000 }
  : { applications: 620, credentials: 1_400 }
/** A page of 200 applications is half a megabyte of JSON. */
const HEAP_GROWTH_MB_MAX = 4
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const ALL: InventoryFilter = { state: 'all', kind: null, text: '', owner: 'any', order: 'urgent' }

let simulator: Simulator
let database: TestDatabase
let aheadMs = 0
const clock = clockAhead(() => aheadMs)
const keys = [newKey('k1')]
const vault = createVault(keys, systemClock)

beforeAll(async () => {
  simulator = await temporarySimulator()
  database = await freshDatabase()
  await saved(
    startServices().mail,
    {
      type: 'exchange-online-oauth2',
      senderAddress: simulator.ready.sender,
      senderName: 'Contoso',
      cloud: simulator.ready.cloud.id,
      tenantId: simulator.ready.tenantId,
      clientId: simulator.ready.clientId,
      clientSecretChange: 'replace',
      clientSecret: simulator.ready.clientSecret,
      secretExpiresAt: '2099-12-31',
    },
    0,
  )
})
afterAll(async () => {
  await database.drop()
  await simulator.close()
})
beforeEach(async () => {
  simulator.reset()
  aheadMs = 0
  await database.db.inventoryRun.deleteMany()
  await database.db.appRegistration.deleteMany()
  await switched(true)
})

function startServices(onPause: () => Promise<void> = async () => {}, own: Clock = clock) {
  const { ready, caPem } = simulator
  const common = servicesAt({ ready, caPem, db: database.db, keys, vault, clock: own, federated: false })
  return {
    mail: composeMailServer(common),
    credentials: composeCredentials(common),
    inventory: createInventory({
      ...common,
      clouds: common.environment.clouds,
      directory: common.vendors.directory,
      pause: onPause,
    }),
  }
}

async function switched(inventory: boolean): Promise<void> {
  const { credentials } = startServices()
  await credentials.saveWatch(caller, { inventory, version: (await credentials.watch()).inventoryVersion })
}

async function change(name: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${simulator.ready.controlUrl}/world/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`)
}
const permitted = () => change('grant-graph-role', { role: 'Application.Read.All' })
const filled = (size: object = SIZE) => change('fill', size)

const view = (filter: Partial<InventoryFilter> = {}, page = 1) =>
  startServices().inventory.view({ ...ALL, ...filter }, page)
const stored = () => database.db.appCredential.count()
/** Days whose kept count is not what a count of the rows gives. */
const miscounted = () => database.db.$queryRaw<object[]>`
  SELECT * FROM (SELECT "tenantId", "mutedAt" IS NOT NULL AS "muted", app_credential_day("endsAt") AS "day", count(*)::int AS "rows"
    FROM "AppCredential" GROUP BY 1, 2, 3) counted
  FULL JOIN (SELECT * FROM "AppCredentialCount" WHERE "rows" <> 0) kept USING ("tenantId", "muted", "day")
  WHERE counted."rows" IS DISTINCT FROM kept."rows"`

test('a whole tenant is read page by page with hostile names unchanged, and paging in the order of expiry dates reaches every row once', async () => {
  await permitted()
  await filled()
  const { inventory } = startServices()
  expect(await inventory.begin(caller)).toMatchObject({ ok: true })
  expect(await inventory.begin(caller)).toMatchObject({ error: 'running' })
  const heapsMb: number[] = []
  const reader = startServices(async () => {
    heapsMb.push(heapMb())
  }).inventory
  expect(await reader.runDailyScan()).toBeGreaterThan(3)
  // Memory holds nothing of a page once it is stored. The first tenth is not measured, because code is loaded and compiled then.
  const [early = Number.NaN, late = Number.NaN] = [heapsMb[Math.floor(heapsMb.length / 10)], heapsMb.at(-1)]
  expect(late - early).toBeLessThan(HEAP_GROWTH_MB_MAX)

  const { run, done, counts, page } = await view()
  expect(run).toMatchObject({ state: 'done', nextLink: null, fault: null })
  expect(done?.applications).toBeGreaterThanOrEqual(SIZE.applications)
  const all = await stored()
  expect(all).toBeGreaterThanOrEqual(SIZE.credentials)
  expect(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(all)
  expect(counts?.expired).toBeGreaterThan(SIZE.credentials / 5)
  expect(page.hasLater).toBe(true)
  const names = (await database.db.appRegistration.findMany({ select: { displayName: true } })).map(
    (row) => row.displayName,
  )
  expect(names.some((name) => name.startsWith('=cmd|'))).toBe(true)
  expect(names.some((name) => name.includes('<script>'))).toBe(true)

  const ids: string[] = []
  let latest = Number.NEGATIVE_INFINITY
  for await (const { rows } of inventory.rows(ALL)) {
    for (const { objectId, keyId, endsAt } of rows) {
      const ends = endsAt?.getTime() ?? Number.POSITIVE_INFINITY
      expect(ends).toBeGreaterThanOrEqual(latest)
      latest = ends
      ids.push(`${objectId} ${keyId}`)
    }
  }
  expect(new Set(ids).size).toBe(all)
  expect(ids).toHaveLength(all)
}, 240_000)

/** What is still referred to: collected first, so that no garbage is counted. */
function heapMb(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

test.each(['earliest', 'latest'] as const)(
  'pages have every row once, %s first, those without a date last, and after the last comes the last again',
  async (order) => {
    const filter = { ...ALL, order }

    await permitted()
    await filled({ applications: 40, credentials: 90 })
    const { inventory } = startServices()
    await inventory.begin(caller)
    await inventory.work()
    await database.db.$executeRaw`UPDATE "AppCredential" SET "endsAt" = NULL WHERE "kind" = 'certificate'`
    expect(await miscounted()).toEqual([])
    const pages = []
    for (let more = true; more; ) {
      const { page } = await view(filter, pages.length + 1)
      pages.push(page.rows)
      more = page.hasLater
    }
    expect(pages.length).toBeGreaterThan(3)
    const keyIds = pages.flat().map(({ keyId }) => keyId)
    expect(new Set(keyIds).size).toBe(await stored())
    expect(keyIds).toHaveLength(await stored())
    const times = pages.flat().map(({ endsAt }) => endsAt?.getTime() ?? null)
    const dated = times.filter((time) => time !== null)
    expect(dated.length).toBeGreaterThan(10)
    const sorted = dated.toSorted((a, b) => (order === 'latest' ? b - a : a - b))
    expect(times).toEqual([...sorted, ...times.slice(dated.length).map(() => null)])
    const last = { number: pages.length, rows: pages.at(-1) }
    expect((await view(filter, pages.length + 9)).page).toMatchObject(last)
  },
)

test('without the permission nothing is read, and the page shows the commands that grant it', async () => {
  const { inventory } = startServices()
  expect(await inventory.checkRight(caller)).toMatchObject({ code: 'not-permitted' })
  await inventory.begin(caller)
  await inventory.runDailyScan()
  const { run, reader } = await view()
  expect(run).toMatchObject({ state: 'failed', fault: { code: 'not-permitted' } })
  expect(run?.fault?.evidence).toContain('Application.Read.All')
  expect(reader?.commands.join('\n')).toContain("'Application.Read.All'")
  expect(await stored()).toBe(0)
  await permitted()
  expect(await inventory.checkRight(caller)).toBeNull()
  const checks = await database.db.auditEvent.findMany({ where: { action: 'inventory.check' } })
  expect(checks.map(({ result }) => result).sort()).toEqual(['done', 'failed'])
})

test('R-15 two machines whose clocks differ by more than a lease do not read at the same time', async () => {
  await permitted()
  await filled()
  const machine = (ms: number, onPause?: () => Promise<void>) =>
    startServices(
      onPause,
      createDatabaseClock(
        database.db,
        clockAhead(() => ms),
      ),
    ).inventory
  const duringIt: unknown[] = []
  const behind = machine(-10 * MINUTE_MS, async () => {
    duringIt.push(await machine(10 * MINUTE_MS).work())
  })
  expect(await behind.begin(caller)).toMatchObject({ ok: true })
  await behind.work()
  expect(duringIt.length).toBeGreaterThan(0)
  expect(new Set(duringIt)).toEqual(new Set([null]))
})

test('a crash costs one page: the next worker continues there', async () => {
  await permitted()
  await filled({ applications: 620, credentials: 900 })
  const died = new Error('killed')
  let left = 2
  const dying = startServices(async () => {
    left -= 1
    if (left === 0) throw died
  }).inventory
  await dying.begin(caller)
  await expect(dying.work()).rejects.toBe(died)
  expect((await view()).run).toMatchObject({ state: 'running', pages: 2, applications: 400 })
  expect(await startServices().inventory.work(), 'held by the dead one').toBeNull()
  aheadMs = 4 * MINUTE_MS
  expect(await startServices().inventory.work()).toBe(2)
  expect((await view()).run).toMatchObject({ state: 'done', pages: 4 })
})

test.each([2, 120])('R-22 it waits as long as Graph asks, says so, and continues: %i minutes', async (minutes) => {
  await permitted()
  await filled({ applications: 450, credentials: 500 })
  simulator.faults.set({ graphThrottled: minutes * 60 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  expect(await inventory.work()).toBe(0)
  const { run } = await view()
  expect(run).toMatchObject({ state: 'running', fault: { code: 'unanswered' } })
  expect(Math.round(((run?.waitsUntil?.getTime() ?? 0) - Date.now()) / 1000)).toBeGreaterThan(minutes * 60 - 5)
  aheadMs = (minutes - 1) * MINUTE_MS
  expect(await inventory.work(), 'not before').toBeNull()
  simulator.faults.set({ graphThrottled: null })
  aheadMs = (minutes + 1) * MINUTE_MS
  simulator.clock.set(clock.now())
  expect(await inventory.work()).toBe(3)
  expect((await view()).run).toMatchObject({ state: 'done', fault: null })
})

test('R-22 it waits for a second at least, if Graph asks for none', async () => {
  await permitted()
  simulator.faults.set({ graphReply: { path: 'applications', status: 429, retryAfter: 0 } })
  const { inventory } = startServices()
  await inventory.begin(caller)
  expect(await inventory.work()).toBe(0)
  expect(await inventory.work(), 'not at once').toBeNull()
  expect((await view()).run).toMatchObject({ state: 'running', fault: { code: 'unanswered' } })
})

test('R-22 a run has failed once it has to wait for more than twelve hours', async () => {
  await permitted()
  simulator.faults.set({ graphThrottled: 12 * 60 * 60 + 1 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  expect(await inventory.work()).toBe(0)
  expect((await view()).run).toMatchObject({ state: 'failed', fault: { code: 'unanswered' } })
})

test('a run ends where the mail server has another tenant by now, and stores no page of that', async () => {
  await permitted()
  const { inventory } = startServices()
  await inventory.begin(caller)
  await database.db.inventoryRun.updateMany({ data: { tenantId: newId() } })
  expect(await inventory.work()).toBe(0)
  expect(await database.db.inventoryRun.findFirst()).toMatchObject({ state: 'failed', fault: { code: 'settings' } })
  expect(await stored()).toBe(0)
})

test('a run ends once reading is switched off, and its end is audited with the reason', async () => {
  await permitted()
  await filled({ applications: 450, credentials: 500 })
  const { inventory } = startServices(() => switched(false))
  await inventory.begin(caller)
  expect(await inventory.work()).toBe(1)
  const { run } = await view()
  expect(run).toMatchObject({ state: 'failed', fault: { code: 'switched-off' } })
  const ended = await database.db.auditEvent.findFirst({ orderBy: { sequence: 'desc' } })
  const details = { run: run?.id, code: 'switched-off', applications: 200 }
  expect(ended).toMatchObject({ action: 'inventory.end', result: 'failed', details })
})

test('a turn ends after eight minutes, and the next one continues', async () => {
  await permitted()
  await filled({ applications: 450, credentials: 500 })
  const { inventory } = startServices(async () => {
    aheadMs += 9 * MINUTE_MS
  })
  await inventory.begin(caller)
  expect([await inventory.work(), await inventory.work()]).toEqual([2, 1])
  expect((await view()).run).toMatchObject({ state: 'done', pages: 3 })
})

/** A page that Microsoft would never send. */
function hostilePage(more: object = {}) {
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const secret = (n: number, other: object) => ({ keyId: id(n), displayName: 'x', hint: 'abc', ...other })
  return JSON.stringify({
    value: [
      {
        id: id(1),
        appId: id(2),
        displayName: { not: 'a text' },
        owners: 'nobody',
        passwordCredentials: [
          secret(3, { endDateTime: '+275760-09-13T00:00:00.000Z', hint: '\ud800' }),
          secret(4, { endDateTime: '-271821-04-20T00:00:00.000Z', displayName: 'a\u0000b\udfff' }),
          secret(5, { startDateTime: 7, endDateTime: ['2030-01-01'] }),
          secret(6, { endDateTime: '0000-01-01T00:00:00Z' }),
          secret(3, { endDateTime: '2031-01-01T00:00:00Z' }),
          { keyId: '../users' },
          null,
          'text',
        ],
        keyCredentials: { length: 9 },
      },
      {
        id: id(1),
        appId: id(2),
        displayName: 'y'.repeat(100_000),
        owners: Array(500).fill({ displayName: 'z'.repeat(9_000) }),
      },
    ],
    ...more,
  })
}

test('N-13 nonsense answers of Graph store no page, text or date beyond the limits, and the run ends', async () => {
  await permitted()
  const { inventory } = startServices()
  simulator.faults.set({ graphBody: hostilePage() })
  await inventory.begin(caller)
  expect(await inventory.work()).toBe(1)
  expect((await view()).run).toMatchObject({ state: 'done', applications: 1, credentials: 4 })
  const { page } = await view()
  expect(page.rows.map(({ endsAt }) => endsAt?.getUTCFullYear() ?? null)).toEqual([2031, null, null, null])
  for (const row of page.rows) {
    expect(row.application.length).toBeLessThanOrEqual(512)
    expect(row.owners.length).toBeLessThanOrEqual(20)
    expect(JSON.stringify(row).length).toBeLessThan(20_000)
  }
  expect(await miscounted()).toEqual([])
})

test('N-13 an endless list ends the run with its reason', async () => {
  await permitted()
  const { inventory } = startServices()
  const list = `${simulator.ready.graphUrl}/v1.0/applications`
  let pages = 0
  const endless = () =>
    simulator.faults.set({ graphBody: hostilePage({ '@odata.nextLink': `${list}?$skiptoken=${++pages}` }) })
  endless()
  await inventory.begin(caller)
  const reader = startServices(async () => {
    endless()
  }).inventory
  await database.db.inventoryRun.updateMany({ data: { pages: 9_990 } })
  await reader.work()
  const { run } = await view()
  expect(run).toMatchObject({
    state: 'failed',
    pages: 10_000,
    fault: { code: 'unanswered', evidence: expect.stringContaining('10000 pages') },
  })
})

test('N-13 a list that leads in a circle ends the run with its reason once a page comes again', async () => {
  await permitted()
  const list = `${simulator.ready.graphUrl}/v1.0/applications`
  let pages = 0
  const next = () =>
    simulator.faults.set({ graphBody: hostilePage({ '@odata.nextLink': `${list}?page=${++pages % 2}` }) })
  next()
  const { inventory } = startServices(async () => void next())
  await inventory.begin(caller)
  await inventory.work()
  const evidence = 'the list leads back to a page that was read'
  expect((await view()).run).toMatchObject({ state: 'failed', pages: 3, fault: { code: 'unanswered', evidence } })
})

test('a failed run leaves the inventory unchanged; the next complete one removes what is gone', async () => {
  await permitted()
  await filled({ applications: 450, credentials: 700 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const before = await stored()
  await change('unfill')
  simulator.faults.set({ graphStatus: 403 })
  await inventory.begin(caller)
  await inventory.work()
  expect(await view()).toMatchObject({ run: { state: 'failed' }, done: { state: 'done' } })
  expect(await stored()).toBe(before)
  simulator.faults.set({ graphStatus: null })
  await inventory.begin(caller)
  await inventory.work()
  expect(await stored()).toBeLessThan(10)
  expect(await miscounted()).toEqual([])
})

test('muted credentials are not counted or listed until they are unmuted, even after another run, and each change is audited', async () => {
  await permitted()
  await filled({ applications: 30, credentials: 60 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const [first] = (await view()).page.rows
  if (!first) throw new Error('no rows')
  const { objectId, keyId } = first
  const before = (await view()).counts
  const { tenantId } = simulator.ready
  await database.db.appRegistration.updateMany({ data: { tenantId: newId() } })
  expect(await inventory.setMuted(caller, { objectId, keyId, muted: true }), 'of another tenant').toBe(false)
  await database.db.appRegistration.updateMany({ data: { tenantId } })
  expect(await inventory.setMuted(caller, { objectId, keyId, muted: true })).toBe(true)
  expect(await inventory.setMuted(caller, { objectId, keyId, muted: true })).toBe(false)
  expect(await miscounted()).toEqual([])
  await inventory.begin(caller)
  await inventory.work()
  const after = await view()
  expect(after.counts).toMatchObject({ muted: 1, expired: (before?.expired ?? 0) - 1 })
  expect(after.page.rows.some((row) => row.keyId === keyId)).toBe(false)
  expect((await view({ state: 'muted' })).page.rows).toMatchObject([{ keyId, mutedBy: 'admin@contoso.example' }])
  expect(await inventory.setMuted(caller, { objectId, keyId, muted: false })).toBe(true)
  const subject = `app-credential:${keyId}`
  const rows = await database.db.auditEvent.findMany({ where: { subject }, orderBy: { sequence: 'asc' } })
  expect(rows.map(({ action }) => action)).toEqual(['inventory.mute', 'inventory.unmute'])
})

test('everything that matches a filter can be counted, muted and unmuted at once, with one audit entry for each change', async () => {
  await permitted()
  await filled({ applications: 200, credentials: 500 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const filter = { ...ALL, state: 'expired', kind: 'secret' } as const
  const [before, all] = [(await view()).counts, await stored()]
  const count = await inventory.countToMute(filter)
  expect(count).toBeGreaterThan(20)
  const { muted } = await database.db.$transaction(async (run) => {
    // As while a run writes.
    await run.$executeRaw`LOCK TABLE "AppCredential" IN ROW EXCLUSIVE MODE`
    const muted = inventory.muteMatching(caller, filter)
    await expect.poll(() => waitingFor(run)).toBe(1)
    return { muted }
  })
  expect(await muted).toBe(count)
  expect(await inventory.muteMatching(caller, filter)).toBe(0)
  expect(await miscounted()).toEqual([])
  const after = await view({ state: 'muted' })
  expect(after.counts).toEqual({ ...before, expired: (before?.expired ?? 0) - count, muted: count })
  expect(after.page.rows.length).toBeGreaterThan(0)
  expect(after.page.rows.every(({ kind, mutedBy }) => kind === 'secret' && mutedBy === 'admin@contoso.example')).toBe(
    true,
  )
  expect(await inventory.muteMatching(caller, { ...ALL, state: 'muted' })).toBe(count)
  expect((await view()).counts).toEqual(before)
  expect(await stored()).toBe(all)
  const rows = await database.db.auditEvent.findMany({
    where: { action: { endsWith: 'mute-all' } },
    orderBy: { sequence: 'asc' },
  })
  expect(rows.map(({ action, details }) => [action, details])).toEqual([
    ['inventory.mute-all', { count, state: 'expired', kind: 'secret', owner: 'any', text: '' }],
    ['inventory.unmute-all', { count, state: 'muted', kind: null, owner: 'any', text: '' }],
  ])
})

test('due means expiring within 60 days, soonest first; among expired credentials the latest comes first', async () => {
  await permitted()
  await filled({ applications: 400, credentials: 1_600 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const { counts, page, borders } = await view({ state: 'due' })
  const times = page.rows.map(({ endsAt }) => endsAt?.getTime() ?? Number.NaN)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times[0]).toBeGreaterThan(borders.expired.getTime())
  expect(times.at(-1)).toBeLessThanOrEqual(borders.soon.getTime())
  expect(await inventory.countToMute({ ...ALL, state: 'due' })).toBe((counts?.critical ?? 0) + (counts?.soon ?? 0))
  const expired = (await view({ state: 'expired' })).page.rows.map(({ endsAt }) => endsAt?.getTime() ?? Number.NaN)
  expect(expired).toEqual(expired.toSorted((a, b) => b - a))
  expect(expired[0]).toBeLessThanOrEqual(borders.expired.getTime())
})

test('filters by state, kind and text, in which a wildcard is an ordinary character', async () => {
  await permitted()
  await filled({ applications: 400, credentials: 1_600 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const { counts, borders } = await view()
  const texts = async (filter: Partial<InventoryFilter>) => {
    const all: InventoryRow[] = []
    for await (const { rows } of inventory.rows({ ...ALL, ...filter })) all.push(...rows)
    return all
  }
  for (const state of ['expired', 'critical', 'soon', 'healthy'] as const)
    expect(await texts({ state }), state).toHaveLength(counts?.[state] ?? -1)
  const percent = await texts({ text: '%' })
  expect(percent.length).toBeLessThan(400)
  // Few rows with a text, many, and none: all of them, in the order of the whole list.
  const everything = await texts({})
  const certificates = everything.filter(({ kind }) => kind === 'certificate')
  expect(certificates.length).toBeGreaterThan(0)
  expect(await texts({ kind: 'certificate' })).toEqual(certificates)
  const common = await texts({ text: '-' })
  expect(common.length).toBeGreaterThan(1_000)
  for (const rows of [percent, common]) {
    const keys = new Set(rows.map(({ keyId }) => keyId))
    expect(rows).toEqual(everything.filter(({ keyId }) => keys.has(keyId)))
  }
  expect(await texts({ text: 'nowhere-at-all' })).toEqual([])
  const alone = await texts({ owner: 'none' })
  expect(alone.length).toBeGreaterThan(0)
  expect(alone.every(({ owners }) => owners.length === 0)).toBe(true)
  const [owner = ''] = (await view()).done?.frequentOwners ?? []
  const ofOne = everything.filter(({ owners }) => owners.includes(owner))
  expect(ofOne.length).toBeGreaterThan(0)
  expect(await texts({ owner: `=${owner}` })).toEqual(ofOne)
  expect(await texts({ owner: '=none' })).toEqual([])
  const owned = await texts({ text: 'TEAM 1' })
  expect(owned.length).toBeGreaterThan(0)
  expect(
    owned.every((row) => [...row.owners, row.application, row.displayName].some((name) => /team 1/i.test(name))),
  ).toBe(true)
  const { appId } = everything[0] ?? {}
  expect(await texts({ text: appId ?? '' })).toEqual(everything.filter((row) => row.appId === appId))
  expect(borders.soon.getTime() - borders.expired.getTime()).toBe(60 * 24 * 60 * MINUTE_MS)
})

test('the counts follow every filter but the state, and are left out where more than a thousand match', async () => {
  await permitted()
  await filled({ applications: 400, credentials: 1_600 })
  const { inventory } = startServices()
  await inventory.begin(caller)
  await inventory.work()
  const { page, counts } = await view()
  const [first] = page.rows
  if (!first) throw new Error('nothing was read')
  await inventory.setMuted(caller, { ...first, muted: true })
  for (const filter of [
    { text: first.appId },
    { text: '%' },
    { text: 'nowhere-at-all' },
    { owner: 'none' },
    { kind: first.kind, text: first.application },
  ] as const) {
    const rows: InventoryRow[] = []
    for await (const part of inventory.rows({ ...ALL, ...filter })) rows.push(...part.rows)
    for await (const part of inventory.rows({ ...ALL, ...filter, state: 'muted' })) rows.push(...part.rows)
    const { matching, borders } = await view({ ...filter, state: 'healthy' })
    const stateOf = ({ mutedAt, endsAt }: InventoryRow) => (mutedAt ? 'muted' : inventoryState(endsAt, borders))
    const expected = recordOf(
      [...INVENTORY_STATES, 'muted'],
      (state) => rows.filter((row) => stateOf(row) === state).length,
    )
    expect(matching, JSON.stringify(filter)).toEqual(expected)
  }
  expect((await view({ text: first.appId })).matching?.muted).toBe(1)
  expect((await view({ text: '-' })).matching).toBeNull()
  const whole = await view({ state: 'soon' })
  expect(whole.matching).toEqual(whole.counts)
  expect(whole.counts?.muted).toBe((counts?.muted ?? 0) + 1)
})

test('the worker reads nothing by default, and once a day when it is switched on', async () => {
  await switched(false)
  await permitted()
  const { inventory } = startServices()
  expect(await inventory.begin(caller)).toMatchObject({ error: 'switched-off' })
  expect(await inventory.runDailyScan()).toBe(0)
  await switched(true)
  expect(await inventory.runDailyScan()).toBe(1)
  expect(await inventory.runDailyScan()).toBe(0)
  aheadMs = 24 * 60 * MINUTE_MS + 1
  simulator.clock.set(clock.now())
  expect(await inventory.runDailyScan()).toBe(1)
})

test('a tenant that is entered as one of its domains has an inventory too', async () => {
  const { mailServer } = database.db
  const { id, settings } = await mailServer.findFirstOrThrow({ where: { isDefault: true } })
  const before = Object(settings)
  await mailServer.update({ where: { id }, data: { settings: { ...before, tenantId: 'contoso.example' } } })
  const { inventory } = startServices()
  expect(await inventory.begin(caller)).toEqual({ ok: true, value: undefined })
  await inventory.work()
  const fault = { code: 'no-credential' }
  expect(await view()).toMatchObject({ reader: { tenantId: 'contoso.example' }, run: { state: 'failed', fault } })
  expect(await inventory.checkRight(caller)).toMatchObject(fault)
  expect(await inventory.muteMatching(caller, ALL)).toBe(0)
  await mailServer.update({ where: { id }, data: { settings: before } })
})
