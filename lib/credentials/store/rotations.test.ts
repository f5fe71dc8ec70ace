import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { newId } from '../../kernel'
import type { RotationStep } from '../rotation/rotation'
import { readRotation, stepRotation } from './rotations'

const NOW = new Date('2027-03-01T12:00:00Z')

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

async function moved(step: RotationStep, to: RotationStep) {
  const { db } = fresh
  const id = newId()
  const begun = { startedBy: {}, startedAt: NOW, updatedAt: NOW, nextAttemptAt: NOW }
  await db.rotation.create({ data: { id, mailServerId: newId(), way: 'graph', label: 'x', step, ...begun } })
  const { ok } = await stepRotation({ db, clock: { now: () => NOW, monotonicMs: () => 0 } }, { id, step }, { step: to })
  return { ok, ...(await readRotation(db, id)) }
}

test.each([
  ['asking', 'current'],
  ['adding', 'failed'],
  ['tested', 'asking'],
  ['current', 'added'],
  ['removing', 'current'],
] as const)('a rotation at %s is not taken to %s', async (step, to) => {
  expect(await moved(step, to)).toMatchObject({ ok: false, step, endedAt: null })
})

test('a rotation ends at its last step and is not due again', async () => {
  expect(await moved('removing', 'done')).toMatchObject({ ok: true, step: 'done', endedAt: NOW, nextAttemptAt: null })
  expect(await moved('removing', 'removing')).toMatchObject({ ok: true, endedAt: null, nextAttemptAt: NOW })
})
