import { describe, expect, test, vi } from 'vitest'
import { createTestAuthority } from '../../../tests/support/certificates'
import { waitingFor } from '../../../tests/support/locks'
import { caller, saved } from '../../../tests/support/mail-server'
import { rotationWorld } from '../../../tests/support/rotation-world'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../kernel'

/** Each test makes several keys, which takes most of its time: on a busy machine more than half a minute. */
vi.setConfig({ testTimeout: 120_000 })

const world = rotationWorld({ movesDate: true })
const { daysOf, pass, change, startServices, fields, slots, begun, latest, served, audits, killedAt } = world
type TestServices = ReturnType<typeof startServices>

/** A certificate made here is in use, uploaded at Microsoft by hand; no secret is left there. */
async function signsInByCertificate(own: TestServices, days = 365): Promise<void> {
  await saved(own.mail, fields({ clientSecretChange: 'none', clientSecret: undefined, secretExpiresAt: '' }), 0)
  await takesCertificate(own, days)
}
async function takesCertificate(own: TestServices, days = 365): Promise<void> {
  const { mailServer } = await slots(own)
  const input = { kind: 'make-certificate', days } as const
  await own.credentials.addNext(caller, { mailServerId: mailServer.id, input, note: 'Mail team' })
  const { next } = await slots(own)
  await change('add-certificate', { certificate: next?.certificate })
  await own.credentials.testNext(caller, mailServer.id)
  await own.credentials.makeCurrent(caller, { mailServerId: mailServer.id, nextId: next?.id ?? '', version: 1 })
  expect(await served(own)).toBe('current')
}
const objectId = async () => (await world.atMicrosoft()).objectId
const certificates = async () => (await world.atMicrosoft()).certificates

describe('Rotation of a certificate with a request signed by its key', () => {
  test('S-18 without any permission a certificate is sealed, added, tested and made current with signed requests, and the next rotation removes it', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    const uploaded = (await slots(own)).current
    expect(await begun(own, ` ${(await objectId()).toUpperCase()} `)).toMatchObject({
      ok: true,
      value: { way: 'certificate-proof', step: 'current', fault: null },
    })
    const first = await slots(own)
    expect(first).toMatchObject({
      current: { kind: 'certificate', keyId: expect.any(String), note: 'Mail team' },
      next: null,
      previous: [{ id: uploaded?.id, isFallback: true }],
    })
    expect(daysOf(first.current)).toBe(179)
    expect(first.current?.thumbprint).not.toBe(uploaded?.thumbprint)
    const wasUsed = { id: uploaded?.id, firstUsedAt: uploaded?.currentSince, replacedAt: first.current?.currentSince }
    expect(await own.credentials.named([uploaded?.id ?? ''])).toMatchObject([wasUsed])
    expect((await audits()).slice(-5)).toEqual([
      'rotation.start done',
      'rotation.step done',
      'rotation.step done',
      'credential.test done',
      'credential.make-current done',
    ])
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    // It was uploaded by hand, so its name at Microsoft is not known here.
    expect(await latest(own)).toMatchObject({ step: 'done', fault: { code: 'former-unknown' } })
    expect(await certificates()).toHaveLength(2)

    const former = { credentialId: uploaded?.id ?? '', insist: true }
    expect(await own.credentials.remove(caller, former)).toMatchObject({ ok: true })
    expect(await own.credentials.remove(caller, former)).toEqual({ ok: false, error: { kind: 'not-previous' } })
    const removals = await world.database.db.auditEvent.findMany({ where: { action: 'credential.remove' } })
    expect(removals).toMatchObject([{ details: { insisted: false } }, { result: 'refused' }])
    expect(await begun(own)).toMatchObject({ value: { step: 'current' } })
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'done', fault: null })
    const left = (await certificates()).map(({ keyId }) => keyId)
    expect(left).toHaveLength(2)
    expect(left).not.toContain(first.current?.keyId)
    expect(left).toContain((await slots(own)).current?.keyId)
    expect(await served(startServices())).toBe('current')
  })

  test('if the application may read itself, nothing has to be typed and the certificate uploaded by hand is removed too', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    await change('grant-graph-role', { role: 'Application.Read.All' })
    await begun(own)
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'done', fault: null })
    expect(await certificates()).toMatchObject([{ keyId: (await slots(own)).current?.keyId }])
    expect(await slots(own)).toMatchObject({ previous: [], rotation: null })
  })

  test('S-02 the private key is sealed before Microsoft gets the certificate, and is on no page and in no row', async () => {
    const own = startServices((point) => {
      if (point === 'proof:adding') throw new Error('killed')
    })
    await signsInByCertificate(own)
    const { db } = world.database
    const check = await db.keyCheck.findFirstOrThrow()
    await db.keyCheck.update({ where: { kid: check.kid }, data: { sealed: 'of another key' } })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'failed', fault: { code: 'key-wrong' } },
    })
    await db.keyCheck.update({ where: { kid: check.kid }, data: check })
    await begun(own, await objectId()).catch(() => undefined)
    expect(await certificates()).toHaveLength(1)
    const next = await db.credential.findFirstOrThrow({ where: { slot: 'next' } })
    expect(next).toMatchObject({ sealed: expect.any(String), kid: 'k1' })
    const all = [await db.auditEvent.findMany(), await db.rotation.findMany(), next, await slots(startServices())]
    expect(JSON.stringify(all, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'PRIVATE',
    )
  })

  test('checks a typed object ID: invalid, the client ID, the enterprise application’s ID, or missing', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    expect(await begun(own, 'mail')).toEqual({ ok: false, error: { kind: 'object-id-invalid' } })
    expect(await begun(own, world.simulator.ready.clientId)).toEqual({
      ok: false,
      error: { kind: 'object-id-is-client-id' },
    })
    expect(await begun(own)).toMatchObject({ value: { step: 'failed', fault: { code: 'object-id-needed' } } })
    const wrong = '0e1d2c3b-4a59-4687-9f0e-1d2c3b4a5968'
    expect(await begun(own, wrong)).toMatchObject({ value: { step: 'given-up', fault: { code: 'proof-refused' } } })
    expect(await slots(own)).toMatchObject({ next: null, rotation: null, previous: [] })
    expect(await begun(own, await objectId())).toMatchObject({ value: { step: 'current' } })
    expect(await certificates()).toHaveLength(2)
  })

  test('if the private key cannot be opened, the reason says so, and the previous secret can be made current again', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await takesCertificate(own)
    const { current, previous, mailServer } = await slots(own)
    const { credential } = world.database.db
    const { sealed } = await credential.findUniqueOrThrow({ where: { id: previous[0]?.id ?? '' } })
    await credential.update({ where: { id: current?.id ?? '' }, data: { sealed } })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'given-up', fault: { code: 'secret-unreadable', inUse: true } },
    })
    expect(await certificates()).toHaveLength(1)
    const back = { mailServerId: mailServer.id, previousId: previous[0]?.id ?? '', version: mailServer.version }
    expect(await own.credentials.goBack(caller, back)).toMatchObject({ ok: true })
    expect(await served(startServices())).toBe('current')
  })

  test('respects the tenant’s policy if it may be read, and otherwise reports its refusal', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    await change('app-management-policy', { asymmetricKeyLifetimeDays: 90 })
    expect(await begun(own, await objectId())).toMatchObject({ value: { step: 'given-up', fault: { code: 'policy' } } })
    expect(await certificates()).toHaveLength(1)
    await change('grant-graph-role', { role: 'Policy.Read.All' })
    expect(await begun(own)).toMatchObject({ value: { step: 'current' } })
    expect(daysOf((await slots(own)).current)).toBe(88)
  })

  test.each([
    ['without permission, by signing in', false],
    ['where the application may read itself, by its thumbprint', true],
  ])('a lost answer to addKey is looked up %s: one certificate, not two', async (_, mayRead) => {
    const own = startServices((point) => {
      if (point === 'proof:adding') world.simulator.faults.set({ graphLoseAnswer: true })
    })
    await signsInByCertificate(own)
    if (mayRead) await change('grant-graph-role', { role: 'Application.Read.All' })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'adding', nextAttemptAt: expect.any(Date) },
    })
    world.simulator.faults.set({ graphLoseAnswer: null })
    expect(await certificates()).toHaveLength(2)
    const { mailServer, rotation } = await slots(own)
    const which = { mailServerId: mailServer.id, rotationId: rotation?.id ?? '' }
    expect(await own.credentials.stop(caller, which)).toEqual({ ok: false, error: { kind: 'changed' } })
    // Entra may not know it yet: to look now and not find it would say nothing.
    pass(2 * MINUTE_MS)
    await startServices().credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'adding' })
    pass(4 * MINUTE_MS)
    await startServices().credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'current', fault: null })
    expect(await certificates()).toHaveLength(2)
    expect((await slots(own)).current?.keyId).toEqual(mayRead ? expect.any(String) : null)
    // The next rotation needs its id, which is found once the application may read itself.
    await change('grant-graph-role', { role: 'Application.Read.All' })
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await certificates()).toMatchObject([{ keyId: (await slots(own)).current?.keyId }])
  })

  test('R-12 a certificate is not added at Microsoft by two workers', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    world.simulator.faults.set({ graphReply: { path: 'addKey', status: 429, times: 9 } })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'sealed', fault: { code: 'throttled' } },
    })
    world.simulator.faults.clear()
    pass(6 * MINUTE_MS)
    const { late } = await world.database.db.$transaction(async (other) => {
      await other.$executeRaw`LOCK TABLE "Credential" IN ACCESS EXCLUSIVE MODE`
      const late = own.credentials.advanceDueRotations()
      await expect.poll(() => waitingFor(other)).toBe(1)
      await other.rotation.updateMany({ data: { step: 'adding' }, where: { step: 'sealed' } })
      return { late }
    })
    await late
    expect(await certificates()).toHaveLength(1)
  })

  test.each([
    [503, 1, 'adding', 'unavailable'],
    [429, 99, 'sealed', 'throttled'],
  ])('after the answer %i to addKey and a day the certificate is discarded', async (status, times, step, code) => {
    const own = startServices()
    await signsInByCertificate(own)
    world.simulator.faults.set({ graphReply: { path: 'addKey', status, times } })
    expect(await begun(own, await objectId())).toMatchObject({ value: { step, fault: { code } } })
    pass(25 * HOUR_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'given-up', fault: { code, left: true } })
    expect(await certificates()).toHaveLength(1)
    expect(await slots(own)).toMatchObject({ next: null, rotation: null })
  })

  test('a secret that mail returned to while a certificate was replaced is left to a person', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await takesCertificate(own)
    world.simulator.faults.set({ graphReply: { path: 'addKey', status: 429, times: 9 } })
    expect(await begun(own, await objectId())).toMatchObject({ value: { step: 'sealed' } })
    world.simulator.faults.clear()
    const { previous, mailServer } = await slots(own)
    const back = { mailServerId: mailServer.id, previousId: previous[0]?.id ?? '', version: mailServer.version }
    expect(await own.credentials.goBack(caller, back)).toMatchObject({ ok: true })
    await change('grant-graph-role', { role: 'Application.Read.All' })
    pass(6 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'current', previousId: back.previousId })
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'done', fault: { code: 'former-unclear' } })
    expect((await slots(own)).previous.map(({ id }) => id)).toContain(back.previousId)
  })

  test('a certificate that never reached Microsoft is added again, and its five minutes start then', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    await change('limits', { secretReplicationSeconds: 60 })
    world.simulator.faults.set({ graphStatus: 503 })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'adding', fault: { code: 'unavailable' } },
    })
    world.simulator.faults.set({ graphStatus: null })
    pass(6 * MINUTE_MS)
    await startServices().credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'added', fault: { code: 'certificate-rejected' } })
    pass(2 * MINUTE_MS)
    await startServices().credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'current', fault: null })
    expect(await certificates()).toHaveLength(2)
  })

  test('an unknown certificate is tested again; if it is unknown after five minutes it is discarded here and at Microsoft', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    await change('limits', { secretReplicationSeconds: 9999 })
    expect(await begun(own, await objectId())).toMatchObject({
      value: { step: 'added', fault: { code: 'certificate-rejected' } },
    })
    pass(6 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'given-up', fault: { code: 'certificate-rejected' } })
    expect(await certificates()).toHaveLength(1)
    expect(await served(startServices())).toBe('current')
  })

  test('a discarded certificate whose removal at Microsoft fails for seven days is left to a person', async () => {
    const own = startServices()
    await signsInByCertificate(own)
    await change('limits', { secretReplicationSeconds: 9_999_999 })
    await begun(own, await objectId())
    world.simulator.faults.set({ graphReply: { path: 'removeKey', status: 503, times: 99 } })
    pass(6 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'added', fault: { code: 'unavailable' } })
    pass(6 * DAY_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'added', nextAttemptAt: expect.any(Date) })
    pass(DAY_MS)
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'given-up', fault: { code: 'certificate-rejected', left: true } })
    expect(await slots(own)).toMatchObject({ next: null, rotation: null })
    expect(await certificates(), 'the person finds it there').toHaveLength(2)
  })

  test('an expired certificate cannot authorise another, and a platform token cannot be replaced', async () => {
    const own = startServices()
    await signsInByCertificate(own, 10)
    pass(DAY_MS)
    const end = (await slots(own)).current?.expiresAt
    pass((end?.getTime() ?? 0) - world.clock.now().getTime())
    expect(await begun(own, await objectId())).toEqual({ ok: false, error: { kind: 'certificate-expired' } })
  })
})

describe('Automatic', () => {
  test('a certificate made here is rotated once before it expires', async () => {
    const own = startServices()
    await signsInByCertificate(own, 40)
    await begun(own, await objectId())
    pass(91 * MINUTE_MS)
    await own.credentials.advanceDueRotations()
    await own.credentials.saveWatch(caller, {
      thresholdsDays: [30, 0],
      inventory: false,
      rotateDaysBefore: 30,
      version: 0,
    })
    await own.credentials.runDailyChecks()
    expect(await own.credentials.advanceDueRotations()).toBe(0)
    const before = (await slots(own)).current
    pass(151 * DAY_MS)
    await own.credentials.runDailyChecks()
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ automatic: true, way: 'certificate-proof', step: 'current' })
    expect((await slots(own)).current?.thumbprint).not.toBe(before?.thumbprint)
    pass(91 * MINUTE_MS)
    await own.credentials.runDailyChecks()
    await own.credentials.advanceDueRotations()
    expect(await latest(own)).toMatchObject({ step: 'done', fault: null })
    await own.credentials.runDailyChecks()
    expect(await own.credentials.advanceDueRotations()).toBe(0)
  })

  test('a certificate of an authority is not rotated automatically, nor an expired one', async () => {
    const own = startServices()
    await signsInByCertificate(own, 40)
    await own.credentials.saveWatch(caller, { thresholdsDays: [0], inventory: false, rotateDaysBefore: 30, version: 0 })
    pass(25 * DAY_MS)
    const { db } = world.database
    const { current } = await slots(own)
    const bears = (certificate: string) =>
      db.credential.update({ where: { id: current?.id ?? '' }, data: { certificate } })
    await bears((await (await createTestAuthority()).certify()).cert)
    await own.credentials.runDailyChecks()
    expect(await latest(own)).toMatchObject({ way: 'certificate-upload' })
    await bears(current?.certificate ?? '')
    pass(16 * DAY_MS)
    await own.credentials.runDailyChecks()
    expect(await latest(own)).toMatchObject({ way: 'certificate-upload' })
    expect(await audits()).not.toContain('rotation.start refused')
    pass(-2 * DAY_MS)
    await own.credentials.runDailyChecks()
    expect(await latest(own)).toMatchObject({ way: 'certificate-proof', automatic: true })
  })
})

describe('Crashes', () => {
  const POINTS = [
    'proof:made',
    'add-next:credential',
    'add-next:rotation',
    'add-next:audit',
    'proof:adding',
    'proof:answered',
    'proof:kept',
    'step-rotation:row',
    'step-rotation:audit',
    'test-next:asking',
    'test-next:asked',
    'make-current:previous',
    'make-current:current',
    'make-current:revision',
    'make-current:audit',
    'graph:removing',
    'graph:removed',
    'remove:credential',
    'remove:audit',
  ]
  const isWeighty = (point: string) => /^(graph|proof):|:audit$|:asked$/.test(point)

  async function killed(points: readonly string[]) {
    const left = await killedAt(points, { objectId: await objectId() })
    expect(await certificates()).toMatchObject([{ keyId: (await slots(startServices())).current?.keyId }])
    return left
  }

  test('S-18 after a crash at every step of one rotation mail works, and one certificate is left', async () => {
    await signsInByCertificate(startServices())
    await change('grant-graph-role', { role: 'Application.Read.All' })
    expect(await killed(POINTS.filter(isWeighty))).toEqual([])
  })

  test.runIf(process.env.SOAK === '1').each(POINTS)('S-18 killed at %s alone', async (point) => {
    await signsInByCertificate(startServices())
    await change('grant-graph-role', { role: 'Application.Read.All' })
    expect(await killed([point])).toEqual([])
  })
})
