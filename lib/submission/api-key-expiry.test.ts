import { expect, onTestFinished, test } from 'vitest'
import { testAuthority } from '../../tests/support/certificates'
import { CLIENT_FIELDS } from '../../tests/support/client-fields'
import { databaseOfEach } from '../../tests/support/each-database'
import { caller, newKey } from '../../tests/support/mail-server'
import { outboxAt } from '../../tests/support/outbox'
import { noAlerts, remindersAbout } from '../../tests/support/reminders'
import { jsonAnswer, startHttps, startSmtp } from '../../tests/support/servers'
import { quiet, sharedClock } from '../../tests/support/world'
import { createAuditLog } from '../audit'
import { planReminders, type StoredReminder } from '../credentials/reminders/plan'
import { planNow } from '../credentials/reminders/plan-now'
import { nearestKeys } from '../credentials/store/api-keys'
import { readPlanFacts } from '../credentials/store/reminders'
import { expiring, holderOf, keysAhead, measured } from '../credentials/views'
import { createVault } from '../crypto/vault'
import { DAY_MS, HOUR_MS, MINUTE_MS, newId, type Redacted, systemClock } from '../kernel'
import { claimNotifications } from '../notifications/store/notifications'
import { composeNotifications } from '../services/notifications'
import { createVendorClients } from '../services/vendor-clients'
import { createClients } from './clients'

const database = databaseOfEach()

async function world() {
  const { db } = database
  const authority = await testAuthority()
  const [inbox, smtp] = await Promise.all([
    startHttps(await authority.certify(), () => jsonAnswer({})),
    startSmtp({ security: 'none' }),
  ])
  onTestFinished(() => inbox.close())
  onTestFinished(() => smtp.close())
  let aheadMs = 0
  const clock = sharedClock({ ...systemClock, now: () => new Date(Date.now() + aheadMs) })
  const outbox = await outboxAt({ database, port: smtp.port })
  const environment = {
    baseUrl: new URL('https://console.contoso.example'),
    clouds: [],
    keys: [newKey('k1')],
    allowNetworks: ['localhost', new URL(inbox.origin).host],
    allowPorts: [smtp.port],
    federatedTokenFile: null,
    managedIdentity: null,
  }
  const reminders = remindersAbout({ db, clock }, () => expiring({ db, clouds: [], clock }))
  const notifications = composeNotifications({
    baseUrl: environment.baseUrl,
    clock,
    db,
    log: quiet,
    outbox,
    alerts: noAlerts,
    vault: createVault(environment.keys, clock),
    audit: createAuditLog(db, clock),
    credentials: reminders,
    vendors: createVendorClients({ environment, clock }, { ca: [authority.certificate] }),
  })
  const hook = { kind: 'webhook', name: 'hook', locale: 'en', address: '', url: `${inbox.origin}/hook` } as const
  await notifications.channels.add(caller, hook)
  return {
    db,
    clock,
    clients: createClients({ db, clock, audit: createAuditLog(db, clock) }),
    /** Two workers, that many days from now. */
    async turn(days: number) {
      aheadMs = days * DAY_MS
      await Promise.all([reminders.planReminders(), reminders.planReminders()])
      await Promise.all([notifications.work(), notifications.work()])
    },
    posts: () => inbox.requests.map((text) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))),
    mails: async () =>
      (await db.message.findMany({ orderBy: { id: 'asc' } })).map(({ subject, state }) => `${state} ${subject}`),
    owners: async () =>
      (await notifications.channels.list())
        .filter(({ ownerOnly }) => ownerOnly)
        .map(({ name, locale }) => `${name} ${locale}`),
  }
}

const FIELDS = {
  ...CLIENT_FIELDS,
  kind: 'application',
  name: 'Payroll',
  owner: 'Erp@contoso.example',
  senders: '*@contoso.example',
}
const dayIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)

test('R-27 an API key is reminded of at each threshold once, until it is replaced, disabled or removed', async () => {
  const it = await world()
  const added = await it.clients.add(caller, 'api-key', { ...FIELDS, expiresAt: dayIn(100) })
  if (!added.ok) throw new Error('not added')
  const { id } = added.value
  await it.turn(30)
  expect(it.posts()).toEqual([])
  await it.turn(50)
  await it.turn(50)
  const thresholds = () => it.posts().map(({ type, thresholdDays }) => `${type} ${thresholdDays}`)
  expect(thresholds()).toEqual(['credential.expiring 60'])
  expect(it.posts()[0]).toMatchObject({
    credential: {
      id,
      kind: 'api-key',
      daysLeft: 50,
      owners: ['erp@contoso.example'],
      mailServer: null,
      client: { id, name: 'Payroll' },
    },
    url: `https://console.contoso.example/clients/${id}`,
  })
  expect(await it.mails()).toEqual(['queued Payroll: the API key expires in 50 days'])

  // The new key is valid for 100 days, as the previous one was, so the mail that has not been sent is withdrawn.
  expect(await it.clients.resetSecret(caller, id)).not.toBeNull()
  await it.turn(51)
  expect(await it.mails()).toEqual(['cancelled Payroll: the API key expires in 50 days'])
  expect((await it.clients.read(id))?.expiresAt?.toISOString()).toBe(`${dayIn(150)}T23:59:59.999Z`)
  await it.turn(125)
  await it.turn(150)
  expect(thresholds()).toEqual(['credential.expiring 60', 'credential.expiring 30', 'credential.expiring 1'])
  await it.turn(152)
  expect(thresholds().slice(3)).toEqual(['credential.expired 0'])
  expect((await it.mails()).at(-1)).toBe('queued Payroll: the API key has expired')

  const client = await it.clients.read(id)
  const changed = { ...FIELDS, expiresAt: dayIn(159) }
  expect(await it.clients.change(caller, { id, version: client?.version ?? 0 }, changed)).toMatchObject({ ok: true })
  expect(await it.clients.disable(caller, id)).toBe(true)
  await it.turn(153)
  expect((await it.mails()).at(-1)).toBe('cancelled Payroll: the API key has expired')
  expect(thresholds()).toHaveLength(4)
  expect(await it.clients.enable(caller, id)).toBe(true)
  await it.turn(153)
  expect(thresholds().slice(4)).toEqual(['credential.expiring 7'])
  expect(await it.clients.remove(caller, id)).toBe(true)
  await it.turn(158)
  expect(thresholds()).toHaveLength(5)
  expect((await it.mails()).filter((mail) => mail.startsWith('queued'))).toEqual([])
  expect(await it.owners()).toEqual([])
})

test('R-27 a worker that was killed after it claimed the reminder of a key costs nothing, and keys due together are one notice', async () => {
  const it = await world()
  for (const name of ['Payroll', 'Intranet'])
    expect(await it.clients.add(caller, 'api-key', { ...FIELDS, name, expiresAt: dayIn(10) })).toMatchObject({
      ok: true,
    })
  await planNow(it)
  const limits = { leaseMs: 2 * MINUTE_MS, pauseMsMax: HOUR_MS, rowsMax: 10 }
  expect((await claimNotifications(it.db, it.clock.now(), limits)).map(({ thresholdDays }) => thresholdDays)).toEqual([
    14, 14,
  ])
  await it.turn(0.01)
  await it.turn(0.02)
  const names = it
    .posts()
    .flatMap(({ reminders }) =>
      reminders.map((each: { credential: { client: { name: string } } }) => each.credential.client.name),
    )
  expect([it.posts().length, names.sort()]).toEqual([1, ['Intranet', 'Payroll']])
  expect(await it.mails()).toEqual(['queued 2 credentials need attention'])
})

/** Three keys of which every reminder was sent, and how many reminders the plan adds, covers, cancels and takes back, which is that from all reminders. */
async function reminded(it: Awaited<ReturnType<typeof world>>) {
  const ids: string[] = []
  for (const name of ['Payroll', 'Intranet', 'Shop']) {
    const added = await it.clients.add(caller, 'api-key', { ...FIELDS, name, expiresAt: dayIn(10) })
    if (added.ok) ids.push(added.value.id)
  }
  await planNow(it)
  expect((await readPlanFacts(it.db, it.clock.now())).complete).toEqual(new Set())
  await it.db.reminder.updateMany({ where: { state: 'due' }, data: { state: 'sent', sentAt: new Date() } })
  const complete = await readPlanFacts(it.db, it.clock.now())
  expect(complete).toMatchObject({ stored: [], complete: new Set(ids) })
  const planned = async (at = it.clock.now()) => {
    const facts = await readPlanFacts(it.db, at)
    const all = (await it.db.reminder.findMany()) as unknown as StoredReminder[]
    const plan = planReminders(facts)
    expect(plan).toEqual(planReminders({ ...facts, stored: all, complete: new Set() }))
    return Object.values(plan).map((part) => part.length)
  }
  expect(await planned()).toEqual([0, 0, 0, 0])
  const addChannel = (channel: { kind: string; address?: string; ownerOnly?: true }) =>
    it.db.notificationChannel.create({
      data: { ...channel, name: 'n', createdBy: 'a', id: newId(), createdAt: new Date(), updatedAt: new Date() },
    })
  return { id: ids[0] ?? '', planned, addChannel }
}

test('R-27 of keys with every reminder none is read, and each change leads to the plan that follows from reading all', async () => {
  const it = await world()
  const { id, planned, addChannel } = await reminded(it)
  // A threshold passes for the hook and the owner of each; three weeks ago there were none, and all of them were wrong.
  expect(await planned(new Date(Date.now() + 4 * DAY_MS))).toEqual([6, 0, 0, 0])
  const count = await it.db.reminder.count()
  expect(await planned(new Date(Date.now() - 60 * DAY_MS))).toEqual([0, 0, 0, count])
  const lost = { clientId: id, thresholdDays: 30 }
  await it.db.reminder.updateMany({ where: { ...lost, thresholdDays: 14 }, data: { state: 'due' } })
  expect(await planned()).toEqual([0, 0, 0, 0])
  await it.db.reminder.updateMany({ where: { state: 'due' }, data: { state: 'sent' } })
  await it.db.reminder.deleteMany({ where: lost })
  expect(await planned()).toEqual([2, 0, 0, 0])
  await planNow(it)
  await it.db.client.update({ where: { id }, data: { owner: 'other@contoso.example' } })
  expect(await planned()).toEqual([0, 0, 0, 0])
  await addChannel({ kind: 'mail', address: 'other@contoso.example', ownerOnly: true })
  expect((await planned())[0]).toBeGreaterThan(1)
})

test('R-27 as many reminders as a key should have are not enough if they are of another date, threshold, time or channel', async () => {
  const it = await world()
  const { id, planned, addChannel } = await reminded(it)
  const { client, credentialWatch, notificationChannel, reminder } = it.db
  await client.update({ where: { id }, data: { expiryVersion: 2 } })
  expect((await planned())[0]).toBeGreaterThan(1)
  await client.update({ where: { id }, data: { expiryVersion: 1 } })
  const { thresholdsDays } = await credentialWatch.findFirstOrThrow()
  const set = (days: number[]) => credentialWatch.updateMany({ data: { thresholdsDays: days } })
  await set(thresholdsDays.map((days) => (days === 14 ? 13 : days)))
  expect(await planned()).toEqual([6, 0, 0, 0])
  await set(thresholdsDays)
  await notificationChannel.updateMany({ where: { name: 'hook' }, data: { enabled: false } })
  await addChannel({ kind: 'webhook' })
  expect((await planned())[0]).toBeGreaterThan(2)
  await notificationChannel.deleteMany({ where: { name: 'n' } })
  await notificationChannel.updateMany({ data: { enabled: true } })
  // A clock that was set back to before the last threshold.
  await reminder.deleteMany({ where: { clientId: id, thresholdDays: 30 } })
  expect(await planned(new Date(Date.now() - 4.5 * DAY_MS))).toEqual([2, 0, 0, 0])
})

test('R-27 the keys that metrics name are those whose expiry date is nearest, also if it has passed; Overview has the next ones, and counts by owner', async () => {
  const { db } = database
  await db.client.updateMany({ data: { removedAt: new Date(), login: null, secretHash: null } })
  const clients = createClients({ db, clock: systemClock, audit: createAuditLog(db, systemClock) })
  const ids = new Map<string, string>()
  for (const days of [40, 3, 90]) {
    const added = await clients.add(caller, 'api-key', { ...FIELDS, name: `Key ${days}`, expiresAt: dayIn(days) })
    if (added.ok) ids.set(added.value.id, `Key ${days}`)
  }
  const nearest = async (days: number) =>
    (await nearestKeys(db, new Date(Date.now() + days * DAY_MS), 2)).map((id) => ids.get(id))
  expect([await nearest(0), await nearest(20)]).toEqual([
    ['Key 3', 'Key 40'],
    ['Key 3', 'Key 40'],
  ])
  expect(await nearest(80)).toEqual(['Key 90', 'Key 40'])
  const clock = sharedClock(systemClock)
  await clients.add(caller, 'api-key', { ...FIELDS, name: 'Unowned', owner: '', expiresAt: dayIn(100) })
  const { next, owned } = await keysAhead({ db, clock }, 5)
  expect(next.map(({ client, state }) => [client.name, state])).toEqual([
    ['Key 90', 'healthy'],
    ['Unowned', 'healthy'],
  ])
  expect(owned.sort((a, b) => a.count - b.count)).toEqual([
    { owners: [], count: 1 },
    { owners: ['erp@contoso.example'], count: 3 },
  ])
  expect((await keysAhead({ db, clock }, 1)).next).toHaveLength(1)
})

test('R-27 a calendar and the metrics have at most the 500 keys whose expiry date is nearest, of thousands', async () => {
  const { db } = await world()
  await db.$executeRaw`
    INSERT INTO "Client" ("id", "way", "kind", "name", "senders", "secretHash", "secretAt", "hint", "scopes", "expiresAt", "createdBy", "createdAt")
    SELECT gen_random_uuid(), 'api-key', 'script', 'Key ' || n, '{erp@contoso.example}', 'hash ' || n, now(), 'pr', '{send}',
      now() + n * interval '1 hour', 'test', now() FROM generate_series(1, 2000) n`
  const names = (await measured({ db, clouds: [], clock: sharedClock(systemClock) })).map((view) => holderOf(view).name)
  expect(new Set(names)).toEqual(new Set(Array.from({ length: 500 }, (_, at) => `Key ${at + 1}`)))
})

test('the owner of a key that expires has one channel, in the language of reports about failures', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { reportLocale: 'de' } })
  const add = async (name: string, expiresAt: string) => {
    const added = await it.clients.add(caller, 'api-key', { ...FIELDS, name, expiresAt })
    return added.ok ? added.value.id : ''
  }
  const endless = await add('Endless', '')
  expect(await it.owners()).toEqual([])
  const ids = [await add('First', dayIn(200)), await add('Second', dayIn(300))]
  expect(await it.owners()).toEqual(['erp@contoso.example de'])
  for (const id of ids) {
    expect(await it.owners()).toHaveLength(1)
    await it.clients.remove(caller, id)
  }
  expect(await it.owners()).toEqual([])
  const version = (await it.clients.read(endless))?.version ?? 0
  await it.clients.change(caller, { id: endless, version }, { ...FIELDS, name: 'Endless', expiresAt: dayIn(9) })
  expect(await it.owners()).toHaveLength(1)
})

test('F-66 a change on an older version is stale whatever its values are, and one that changes nothing is none', async () => {
  let now = new Date('2026-11-24T12:00:00Z')
  const { db } = database
  const clock = { ...systemClock, now: () => now }
  const clients = createClients({ db, clock, audit: createAuditLog(db, clock) })
  const fields = { ...FIELDS, failureReport: 'originator', scopes: 'send', expiresAt: '2026-11-27' }
  const added = await clients.add(caller, 'api-key', fields)
  const id = added.ok ? added.value.id : ''
  const extended = { ...fields, expiresAt: '2027-11-27' }
  const first = { id, version: 1 }
  const change = () => clients.change(caller, first, extended)
  const equal = [...(await Promise.all([change(), change()])), await change()]
  expect(equal.map((answer) => answer.ok && answer.value.changed.length).sort()).toEqual([0, 0, 1])
  // The older day is over, which is no error of a person who did not touch it.
  now = new Date('2026-11-28T12:00:00Z')
  const stale = { ok: false, error: { kind: 'changed' } }
  expect(await clients.change(caller, first, { ...fields, place: 'Room 4' })).toEqual(stale)
  expect(await clients.change(caller, first, { ...extended, owner: 'erp' })).toEqual(stale)
  expect(await clients.change(caller, { id, version: 2 }, { ...extended, owner: 'erp' })).toMatchObject({
    error: { kind: 'errors', errors: { owner: {} } },
  })
  const refused = { action: 'client.change', subject: `client:${id}`, result: 'refused' }
  expect(await database.db.auditEvent.count({ where: refused })).toBe(2)
})

test('the name of a client is free again only when it has another name or is removed', async () => {
  const { db } = database
  const clients = createClients({ db, clock: systemClock, audit: createAuditLog(db, systemClock) })
  const add = (name: string) => clients.add(caller, 'login', { ...FIELDS, name })
  const nameTaken = { name: { key: 'client.nameTaken' } }
  const [first, second] = [await add('Scanner 1'), await add('Scanner 2')]
  const id = second.ok ? second.value.id : ''
  expect(await add('Scanner 1')).toEqual({ ok: false, error: nameTaken })
  const renamed = { ...FIELDS, name: 'Scanner 1' }
  const refused = { ok: false, error: { kind: 'errors', errors: nameTaken } }
  expect(await clients.change(caller, { id, version: 1 }, renamed)).toEqual(refused)
  await clients.remove(caller, first.ok ? first.value.id : '')
  expect(await clients.change(caller, { id, version: 1 }, renamed)).toEqual({ ok: true, value: { changed: ['name'] } })
})

test('of two people who generate a new key at once one gets it, and the page names no key that is not valid', async () => {
  const it = await world()
  const added = await it.clients.add(caller, 'api-key', FIELDS)
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  const { id } = added.value
  const secretAt = (await it.clients.read(id))?.secretAt ?? null
  const keys: string[] = []
  const keep = async (_: unknown, { secret }: { secret: Redacted | null }) => void keys.push(secret?.reveal() ?? '')
  const results = await Promise.all([1, 2].map(() => it.clients.resetSecret(caller, id, { secretAt, keep })))
  expect(results.filter((reset) => reset !== null)).toHaveLength(1)
  expect(keys).toHaveLength(1)
})
