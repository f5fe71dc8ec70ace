import { afterEach, expect, test, vi } from 'vitest'
import { caller } from '../../tests/support/mail-server'
import { wholeDeployment } from '../../tests/support/whole'
import { claimFormToken } from '../db/form-tokens'
import { MINUTE_MS, newId } from '../kernel'

afterEach(() => vi.useRealTimers())

test.each([
  ['ahead', 60],
  ['behind', -60],
])('R-15 on a machine whose clock is an hour %s, what a person does is dated by the database', async (_, minutes) => {
  const trueMs = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: trueMs + minutes * MINUTE_MS })
  const { services, close } = await wholeDeployment()
  try {
    const { db, clock, submission, alerts } = services
    await clock.current()
    const learning = { minutes: 15, networks: '192.0.2.0/24', senders: '*@contoso.example' }
    expect(await submission.learning.start(caller, learning)).toMatchObject({ ok: true })
    const weekly = await alerts.weekly.settings()
    expect(await alerts.weekly.save(caller, { ...weekly, hour: (weekly.hour + 1) % 24 })).toBe(true)
    const claim = { id: 'digest', purpose: 'x', bodyHash: 'x', requestId: newId() }
    expect(await claimFormToken(db, claim, 0, clock)).toMatchObject({ kind: 'first' })
    const dated = await Promise.all([
      db.client.findFirstOrThrow().then(({ learningUntil }) => Number(learningUntil) - 15 * MINUTE_MS),
      db.weeklyReport.findFirstOrThrow().then(({ updatedAt }) => Number(updatedAt)),
      db.formToken.findFirstOrThrow().then(({ createdAt }) => Number(createdAt)),
      db.auditEvent.findFirstOrThrow().then(({ at }) => Number(at)),
    ])
    for (const ms of dated) expect(Math.abs(ms - trueMs)).toBeLessThan(MINUTE_MS)
  } finally {
    await close()
  }
})
