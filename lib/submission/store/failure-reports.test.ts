import { beforeEach, expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { newId } from '../../kernel'
import { markUnreportable, readFailures, reportsAbout, saveReport } from './failure-reports'

const database = databaseOfEach()
const SERVER_ID = newId()
const LENA = 'lena@contoso.example'
const BEN = 'ben@contoso.example'
const [PRINTER, SCANNER] = [newId(), newId()]
const MORNING = new Date('2026-03-02T08:00:00Z')
const NOON = new Date('2026-03-02T12:00:00Z')

beforeEach(async () => {
  const { db } = database
  await db.mailServer.create({ data: { id: SERVER_ID, name: 'Relay', isDefault: true, version: 1, settings: {} } })
  const common = { kind: 'printer', senders: ['*@contoso.example'], createdBy: 'test', createdAt: MORNING }
  for (const [id, name, wishes] of [
    [PRINTER, 'Printer', {}],
    [SCANNER, 'Scanner', { failureReport: 'owner', owner: LENA }],
  ] as const)
    await db.client.create({ data: { id, name, way: 'network', networks: ['10.0.0.0/24'], ...common, ...wishes } })
})

/** A failed message whose failure waits to be reported. */
async function failure(clientId: string | null, returnPath: string, { at = NOON, messageId = newId() } = {}) {
  const fence = 1
  const times = { acceptedAt: MORNING, dueAt: MORNING, expiresAt: NOON, endedAt: NOON }
  const about = { subject: 'Report', messageId: `<${messageId}@contoso.example>`, sizeBytes: 1, needsUtf8: false }
  await database.db.message.create({
    data: {
      id: messageId,
      mailServerId: SERVER_ID,
      state: 'failed',
      source: 'smtp',
      clientId,
      returnPath,
      ...about,
      ...times,
    },
  })
  await database.db.failureReport.create({ data: { messageId, fence, positions: [], automatic: false, at } })
  return { messageId, fence }
}

const idsFor = async (clientId: string | null, to: string, rows = 10) =>
  (await readFailures(database.db, { clientId, to }, rows)).map(({ messageId }) => messageId)

test('R-24 a report names only failures of its client and of its address', async () => {
  const own = await failure(PRINTER, LENA)
  const ofBen = await failure(PRINTER, BEN)
  const ofNobody = await failure(null, LENA)
  const toTheOwner = await failure(SCANNER, BEN)
  expect(await idsFor(PRINTER, LENA)).toEqual([own.messageId])
  expect(await idsFor(PRINTER, BEN)).toEqual([ofBen.messageId])
  expect(await idsFor(null, LENA)).toEqual([ofNobody.messageId])
  expect(await idsFor(SCANNER, LENA)).toEqual([toTheOwner.messageId])
  expect(await idsFor(SCANNER, BEN)).toEqual([])
})

test('R-24 the failures that have waited longest are reported first', async () => {
  const [low, high] = [newId(), newId()].sort()
  const later = await failure(PRINTER, LENA, { at: NOON, messageId: low })
  const earlier = await failure(PRINTER, LENA, { at: MORNING, messageId: high })
  expect(await idsFor(PRINTER, LENA)).toEqual([earlier.messageId, later.messageId])
  expect(await idsFor(PRINTER, LENA, 1)).toEqual([earlier.messageId])
})

test('R-24 a failure that another worker has reported keeps its report when another names it too, or finds it unreportable', async () => {
  const [reported, waiting] = [await failure(PRINTER, LENA), await failure(PRINTER, LENA)]
  const report = { state: 'single' as const, to: LENA, reportId: newId(), insert: () => Promise.resolve() }
  expect(await saveReport(database.db, [reported], report, NOON)).toBe(true)
  const late = { ...report, reportId: newId() }
  expect(await saveReport(database.db, [reported, waiting], late, NOON)).toBe(false)
  expect(await idsFor(PRINTER, LENA)).toEqual([waiting.messageId])
  await markUnreportable(database.db, [reported, waiting], NOON)
  const rows = await database.db.failureReport.findMany({ orderBy: { state: 'asc' } })
  expect(rows).toMatchObject([
    { messageId: reported.messageId, state: 'single', reportId: report.reportId, decidedAt: NOON },
    { messageId: waiting.messageId, state: 'unwanted', reportId: null, decidedAt: NOON },
  ])
})

test('R-24 a message that failed twice is reported twice, and its reports are listed oldest first', async () => {
  const { db } = database
  const { messageId } = await failure(PRINTER, LENA)
  await db.failureReport.create({ data: { messageId, fence: 0, positions: [], automatic: false, at: MORNING } })
  const report = { state: 'single' as const, to: LENA, reportId: newId(), insert: () => Promise.resolve() }
  const states = async () => (await reportsAbout(db, messageId)).map(({ state }) => state)
  expect(await saveReport(db, [{ messageId, fence: 0 }], report, NOON)).toBe(true)
  expect(await states()).toEqual(['single', 'due'])
  expect(await saveReport(db, [{ messageId, fence: 1 }], report, NOON)).toBe(true)
  expect(await states()).toEqual(['single', 'single'])
})
