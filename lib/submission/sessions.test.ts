import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { caller } from '../../tests/support/mail-server'
import { createAuditLog } from '../audit'
import { idsFrom, newId, newOrderedId, systemClock } from '../kernel'
import { clientAt } from './admission'
import { createLearning, LEARNING_MINUTES } from './learning'
import { refusal } from './refusal'
import { createSessionLog } from './smtp/session-log'
import { type SessionRecord, SessionRecorder } from './smtp/session-record'
import { networkClients } from './store/clients'
import { insertSessions, listSessions, refusedDevices, removeOldSessions } from './store/sessions'

const database = databaseOfEach()

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

function session(at: Date, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: newOrderedId(at),
    startedAt: at,
    durationMs: 120,
    entrance: 'plain',
    address: '192.0.2.7',
    helo: null,
    login: null,
    clientId: null,
    tls: null,
    sender: null,
    accepted: 0,
    refusal: null,
    stages: [],
    ...more,
  }
}

const deps = () => ({ db: database.db, clock: systemClock })

test('the first refusal and the end of a session with very many recipients are recorded too', () => {
  const recorder = new SessionRecorder(minutesAgo(1), 'tls', '192.0.2.7', () => 5)
  for (let nth = 0; nth < 150; nth++) recorder.note('recipient', `a${nth}@fabrikam.example`)
  const declined = refusal('too-many-recipients', { max: 100 })
  for (let nth = 0; nth < 3; nth++) recorder.note('recipient', 'late@fabrikam.example', declined)
  const { stages } = recorder.end()
  expect(stages).toHaveLength(102)
  expect(stages.slice(-2)).toMatchObject([{ refusal: declined }, { event: 'end' }])
})

test('sessions are listed newest first, a page at a time, by client, text and refusal', async () => {
  const clientId = newId()
  const all = [
    session(minutesAgo(4), { clientId, accepted: 1 }),
    session(minutesAgo(3), {
      helo: 'printer-floor.3',
      sender: 'scan@contoso.example',
      login: 'c_7',
      refusal: 'login-needed',
    }),
    session(minutesAgo(2), { address: '192.0.2.8', refusal: 'network-not-allowed' }),
    session(minutesAgo(9 * 24 * 60)),
  ]
  await insertSessions(database.db, all)
  const ids = async (filter: object, page: object = {}) => {
    const wanted = { since: minutesAgo(7 * 24 * 60), ...filter }
    return (await listSessions(database.db, wanted, { before: null, rows: 10, ...page })).map(({ id }) => id)
  }
  const [first, second, third] = all.map(({ id }) => id)
  expect(await ids({})).toEqual([third, second, first])
  expect(await ids({}, { before: third, rows: 1 })).toEqual([second])
  expect(await ids({ clientId })).toEqual([first])
  expect(await ids({ text: '192.0.2.8' })).toEqual([third])
  expect(await ids({ text: '192.0.2' })).toEqual([])
  for (const text of ['PRINTER-', 'scan@', '_7', 'floor.3']) expect(await ids({ text }), text).toEqual([second])
  expect(await ids({ refusal: 'any' })).toEqual([third, second])
  expect(await ids({ refusal: 'login-needed' })).toEqual([second])
})

test('refused devices are grouped by address with what is known of them, without those of a client, except of learning mode after its end, and none hides another', async () => {
  const longAgo = minutesAgo(13)
  await insertSessions(database.db, [
    session(minutesAgo(5), { helo: 'printer-3', sender: 'scan@contoso.example', refusal: 'login-needed' }),
    session(minutesAgo(1), { refusal: 'network-not-allowed' }),
    session(minutesAgo(1), { address: '192.0.2.9', clientId: newId(), refusal: 'sender-not-allowed' }),
    session(longAgo, {
      address: '192.0.2.8',
      clientId: newId(),
      refusal: 'learning-over',
      durationMs: 600_000,
    }),
    session(minutesAgo(9 * 24 * 60), { address: '192.0.2.5', refusal: 'login-needed' }),
  ])
  await database.db.$executeRaw`
    INSERT INTO "SubmissionSession" ("id", "startedAt", "durationMs", "entrance", "address", "clientId", "accepted", "refusal", "stages")
    SELECT (${idsFrom(Date.now()).slice(0, -12)} || lpad(n::text, 12, '0'))::uuid, now(), 1, 'plain', '192.0.2.' || 9 + n % 2,
      CASE n % 2 WHEN 0 THEN ${newId()}::uuid END, 0, 'too-fast', '[]'
    FROM generate_series(1, 10002) n`
  expect(await refusedDevices(deps())).toMatchObject([
    { address: '192.0.2.10', all: 3, count: 5_001, refusal: 'too-fast', helo: null },
    {
      address: '192.0.2.7',
      count: 2,
      refusal: 'network-not-allowed',
      helo: 'printer-3',
      sender: 'scan@contoso.example',
    },
    { address: '192.0.2.8', count: 1, refusal: 'learning-over', at: new Date(longAgo.getTime() + 600_000) },
  ])
})

test('a device that was added, and sends without a password since, is not proposed any more, and one that must sign in is', async () => {
  const refused = { refusal: 'network-not-allowed' } as const
  const sends = { clientId: newId(), accepted: 1 }
  await insertSessions(database.db, [
    session(minutesAgo(3), refused),
    session(minutesAgo(2), sends),
    session(minutesAgo(3), { ...refused, address: '192.0.2.8' }),
    session(minutesAgo(2), { ...sends, address: '192.0.2.8', entrance: 'starttls' }),
    session(minutesAgo(3), { ...refused, address: '192.0.2.9', entrance: 'starttls', refusal: 'login-needed' }),
    session(minutesAgo(2), { ...sends, address: '192.0.2.9' }),
    session(minutesAgo(3), { ...sends, address: '192.0.2.10' }),
    session(minutesAgo(2), { ...refused, address: '192.0.2.10' }),
  ])
  const devices = await refusedDevices(deps())
  expect(devices.map(({ address }) => address).sort()).toEqual(['192.0.2.10', '192.0.2.8', '192.0.2.9'])
  expect(devices).toMatchObject(Array(3).fill({ all: 3 }))
})

test('M-10 W-14 a flood of connections that say nothing leaves 20 sessions a minute of an address, and every one of a client, and no warning', async () => {
  const warnings: string[] = []
  const log = createSessionLog(database.db, { warn: (text) => void warnings.push(text) }, async () => new Date())
  const at = new Date()
  for (let nth = 0; nth < 1_000; nth++) {
    log.add(session(at))
    log.add(session(at, { address: `2001:db8:0:1::${nth.toString(16)}` }))
    if (nth % 10 === 0) log.add(session(at, { clientId: newId() }))
    log.addTurnedAway(session(at, { address: `2001:db8:0:1::${nth.toString(16)}`, refusal: 'busy' }))
  }
  // Connections that are turned away hide no device that was refused.
  for (let nth = 0; nth < 2_000; nth++) {
    const address = `198.51.${nth >> 8}.${nth & 255}`
    log.addTurnedAway(session(at, { address, refusal: 'busy' }))
  }
  for (let nth = 0; nth < 2_000; nth++) log.add(session(at, { address: `198.51.${nth >> 8}.${nth & 255}` }))
  await log.close()
  expect(warnings).toEqual([])
  const count = (where: object) => database.db.submissionSession.count({ where })
  expect(await count({ address: '192.0.2.7', clientId: null })).toBe(20)
  expect(await count({ address: { startsWith: '2001:' }, refusal: null })).toBe(20)
  expect(await count({ address: { startsWith: '2001:' }, refusal: 'busy' })).toBe(1)
  expect(await count({ refusal: 'busy' })).toBe(1_000)
  expect(await count({ clientId: { not: null } })).toBe(100)
  expect(await count({ clientId: null, refusal: null })).toBe(1_000)
})

test('M-10 sessions over the bound are removed, the oldest first, and those of a week ago', async () => {
  const ago = [0, 1, 2, 3, 4, 7 * 24 * 60 + 1].map((minutes) => session(minutesAgo(minutes)))
  await insertSessions(database.db, ago)
  expect(await removeOldSessions(database.db, new Date(), 5)).toBe(1)
  expect(await removeOldSessions(database.db, new Date(), 2)).toBe(2)
  const left = await database.db.submissionSession.findMany({ orderBy: { startedAt: 'desc' } })
  expect(left.map(({ id }) => id)).toEqual(ago.slice(0, 3).map(({ id }) => id))
})

test('of two starts of learning mode at once one is refused with what runs, which a start that has seen it replaces', async () => {
  const learning = createLearning({ ...deps(), audit: createAuditLog(database.db, systemClock) })
  const typed = { networks: '192.0.2.0/24', senders: '*@contoso.example', minutes: 15 }
  const started = await Promise.all(Array.from({ length: 8 }, () => learning.start(caller, typed)))
  const [first, ...more] = started.flatMap((each) => (each.ok ? [each.value.id] : []))
  expect(more).toEqual([])
  const running = () => database.db.client.findMany({ where: { learningUntil: { gt: new Date() }, removedAt: null } })
  const [stored] = await running()
  expect(stored?.id).toBe(first)
  const other = { ...typed, networks: '198.51.100.0/28' }
  const faults = [...started.filter(({ ok }) => !ok), await learning.start(caller, { ...other, replaces: newId() })]
  expect(faults).toHaveLength(8)
  const client = { id: first, networks: ['192.0.2.0/24'], createdBy: stored?.createdBy }
  for (const fault of faults)
    expect(fault).toMatchObject({ error: { kind: 'changed', client, until: stored?.learningUntil } })
  const results = await database.db.auditEvent.groupBy({ by: ['result'], _count: true, orderBy: { result: 'asc' } })
  expect(results).toEqual([
    { result: 'done', _count: 1 },
    { result: 'refused', _count: 8 },
  ])
  expect(await learning.start(caller, { ...other, replaces: first })).toMatchObject({ ok: true })
  expect(await running()).toMatchObject([{ networks: ['198.51.100.0/28'] }])
})

test('learning mode proposes each device that it or an earlier one has seen, and is over on time', async () => {
  const learning = createLearning({ ...deps(), audit: createAuditLog(database.db, systemClock) })
  expect(await learning.start(caller, { networks: '128.0.0.0/1', senders: '', minutes: 15 })).toMatchObject({
    error: { errors: { networks: { key: 'client.networkLarge' }, senders: { key: 'client.sendersMissing' } } },
  })
  const senders = 'anna@contoso.example /^b/'
  expect(await learning.start(caller, { networks: '192.0.2.0/24 printer', senders, minutes: 15 })).toMatchObject({
    error: {
      errors: {
        networks: { key: 'client.network', params: { entry: 'printer' } },
        senders: { key: 'client.sender', params: { entry: '/^b/' } },
      },
    },
  })
  const started = await learning.start(caller, {
    networks: '::ffff:192.0.2.0/120', // another spelling of 192.0.2.0/24
    senders: '*@contoso.example',
    minutes: 121,
  })
  if (!started.ok) throw new Error('not started')
  const { id: clientId } = started.value
  const refusedAt = minutesAgo(1)
  await insertSessions(database.db, [
    session(minutesAgo(3), { clientId, helo: 'printer-3', sender: 'scan@contoso.example', accepted: 2 }),
    session(minutesAgo(2), { clientId, accepted: 1, entrance: 'tls' }),
    // What was refused is no sign of what the device needs.
    session(refusedAt, { clientId, helo: 'vm', sender: 'other@fabrikam.example', refusal: 'sender-not-allowed' }),
    session(minutesAgo(0), { clientId }),
  ])
  const current = await learning.current()
  expect(current).toMatchObject({
    isRunning: true,
    devices: [
      {
        address: '192.0.2.7',
        messages: 3,
        entrance: 'tls',
        helo: 'printer-3',
        senders: ['scan@contoso.example'],
        refusal: 'sender-not-allowed',
        refusedAt,
        refusedSender: 'other@fabrikam.example',
      },
    ],
  })
  // A duration that is not offered becomes the shortest one.
  const until = current?.until ?? new Date()
  expect(until.getTime() - Date.now()).toBeLessThanOrEqual(15 * 60_000)
  const known = await networkClients(database.db)
  expect(clientAt('192.0.2.7', known, new Date(until.getTime() - 1))?.id).toBe(clientId)
  expect(clientAt('192.0.2.7', known, until)).toBeNull()
  expect(clientAt('198.51.100.7', known, new Date())).toBeNull()
  // Of clients that were added, the one with the smallest network is about the device.
  const [learned] = known
  if (!learned) throw new Error('started before')
  const added = ['192.0.2.0/30', '192.0.2.4/30', '192.0.2.7/32', '192.0.2.0/24'].map((network) => ({
    ...learned,
    id: network,
    networks: ['203.0.113.0/24', network],
    learningUntil: null,
  }))
  expect(clientAt('192.0.2.7', [...known, ...added], new Date())?.id).toBe('192.0.2.7/32')
  expect(clientAt('::ffff:192.0.2.6', [...known, ...added], new Date())?.id).toBe('192.0.2.4/30')
  expect(await learning.stop(caller, clientId)).toBe(true)
  expect(await learning.stop(caller, clientId)).toBe(false)
  expect(await learning.current()).toMatchObject({ isRunning: false })
  await learning.start(caller, { networks: '192.0.2.0/24', senders: '*@contoso.example', minutes: 15 })
  const since = current?.client.createdAt
  expect(await learning.current()).toMatchObject({ isRunning: true, devices: [{ address: '192.0.2.7', since }] })
})

test('learning mode runs for two hours at most', () => {
  expect(Math.max(...LEARNING_MINUTES)).toBe(120)
})
