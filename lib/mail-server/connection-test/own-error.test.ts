import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, tested, type World } from '../../../tests/support/mail-server'
import { quiet } from '../../../tests/support/world'
import type { TokenSource } from '../../entra/contracts'
import { ok } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import type { MailTransport } from '../../smtp/contracts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const recorded = async () => {
  const { db } = world.database
  const [runs, entries] = [await db.testRun.findMany(), await db.auditEvent.findMany()]
  await db.testRun.deleteMany()
  return runs.map((run) => [
    run.outcome,
    run.diagnosisCode,
    entries.some(({ details }) => JSON.stringify(details).includes(run.id)),
  ])
}

test('N-12 a client that does not end with its signal is abandoned after the deadline, at the stage that it was in', async () => {
  const never = () => new Promise<never>(() => {})
  const accessToken = { bearer: new Redacted('t'), requestedMs: 0, expiresAt: new Date('2100-01-01'), peerDate: null }
  const tokens = { fresh: never } satisfies TokenSource
  // The token is there at once, so that the deadline of a busy machine is not over before the connection.
  const ready = { fresh: async () => ok(accessToken) } satisfies TokenSource
  const transport = { attempt: never, connect: never } satisfies MailTransport
  const deadlineMs = 300
  const [token, connect] = await Promise.all([
    tested(world.mailServer({ deadlineMs, vendors: { tokens } }), world.exchange()),
    tested(world.mailServer({ deadlineMs, vendors: { transport, tokens: ready } }), world.exchange()),
  ])
  const place = { code: 'deadline-passed', evidence: expect.any(String) }
  expect(token.finished?.report.diagnosis).toMatchObject({ ...place, stage: 'token' })
  expect(connect.finished?.report.diagnosis).toMatchObject({ ...place, stage: 'connect' })
  expect(await recorded()).toEqual(Array(2).fill(['failed', 'deadline-passed', true]))
})

test('S-14 what a client of ours passes on leaves no secret and no token in what is reported and stored', async () => {
  const bearer = new Redacted('canary-token.0123456789')
  const accessToken = { bearer, requestedMs: 0, expiresAt: new Date('2100-01-01'), peerDate: null }
  const tokens = { fresh: async () => ok(accessToken) } satisfies TokenSource
  const secret = 'canary-Secret.0123456789~abcdefghijk'
  const attempt: MailTransport['attempt'] = async (_server, _mail, { onLine }) => {
    const text = `250 ${bearer.reveal()} ${secret}`
    onLine?.({ atMs: 1, from: 'server', text })
    return ok({ reply: text, serverMessageId: null, refused: [] })
  }
  const transport = { attempt, connect: () => new Promise<never>(() => {}) } satisfies MailTransport
  const { finished } = await tested(
    world.mailServer({ vendors: { transport, tokens } }),
    world.exchange({ clientSecret: secret }),
  )
  expect(finished?.report).toMatchObject({ outcome: 'accepted', accepted: { reply: expect.stringMatching(/^250 /) } })
  const said = JSON.stringify([finished, await world.database.db.testRun.findMany()])
  for (const needle of [bearer.reveal(), secret]) expect(said).not.toContain(needle)
  await recorded()
})

test('an error of our own ends a test with a report, an audit entry and a line in the log', async () => {
  const errors: unknown[] = []
  const log = { ...quiet, error: (...said: unknown[]) => errors.push(said) }
  const broken = () => Promise.reject(new Error('a bug'))
  const vendors = { transport: { attempt: broken, connect: broken } }
  const { finished } = await tested(world.mailServer({ vendors, log }), world.exchange())
  expect(finished?.report).toMatchObject({ outcome: 'failed', diagnosis: { stage: 'connect', retry: 'no' } })
  expect(await recorded()).toEqual([['failed', finished?.report.diagnosis?.code, true]])
  expect(errors).toHaveLength(1)
})
