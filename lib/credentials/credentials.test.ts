import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { credentialsWorld } from '../../tests/support/credentials-world'
import { caller, saved, tested } from '../../tests/support/mail-server'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { EDITABLE_FIELDS } from './edit'
import type { CredentialInput } from './rotation/add-next'

const world = credentialsWorld({ federated: true })
const { pass, change, startServices, fields } = world
type TestServices = ReturnType<typeof startServices>

const signal = () => AbortSignal.timeout(10_000)
const slots = async ({ credentials }: TestServices) => {
  const [own] = await credentials.slots()
  if (!own) throw new Error('no mail server')
  return own
}
const served = async ({ credentials }: TestServices) => {
  const login = await credentials.login(signal())
  return login.ok ? login.value.served?.slot : login.error
}
const audits = async (prefix = '') =>
  (
    await world.database.db.auditEvent.findMany({
      where: { action: { startsWith: prefix } },
      orderBy: { sequence: 'asc' },
    })
  ).map(({ action, result }) => `${action} ${result}`)
/** Whether a secret or a private key is stored for the credential in this slot. */
const isSealed = async (slot: 'current' | 'next') =>
  (await world.database.db.credential.findFirstOrThrow({ where: { slot } })).sealed !== null
async function added(own: TestServices, input: CredentialInput, note = '') {
  const { mailServer } = await slots(own)
  return own.credentials.addNext(caller, { mailServerId: mailServer.id, input, note })
}
async function newSecret(own: TestServices, value?: string) {
  const secret = new Redacted(value ?? (await change('add-secret', { displayName: 'next' })).value ?? '')
  return added(own, { kind: 'secret', value: secret, expiresAt: new Date('2099-06-30T00:00:00Z') })
}
async function takenOver(own: TestServices) {
  const { mailServer, next } = await slots(own)
  const input = { mailServerId: mailServer.id, nextId: next?.id ?? '', version: mailServer.version }
  return own.credentials.makeCurrent(caller, input)
}
/** Another secret is made at Microsoft, tested and taken into use. */
async function replaced(own: TestServices): Promise<Record<string, string>> {
  const secret = await change('add-secret', { displayName: 'next' })
  await newSecret(own, secret.value)
  await testedNext(own)
  expect(await takenOver(own)).toMatchObject({ ok: true })
  return secret
}
const testedNext = async (own: TestServices) => own.credentials.testNext(caller, (await slots(own)).mailServer.id)

/** An administrator whose language is German. */
const editor = { ...caller, locale: 'de' } as const

describe('Two slots', () => {
  test('S-18 a credential is added, tested alone, made current, kept as the fallback and removed; each step is audited and the verification is carried over', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    expect((await own.mail.view()).state).toBe('delivering')

    expect(await newSecret(own)).toMatchObject({ ok: true })
    expect(await slots(own)).toMatchObject({
      next: { kind: 'client-secret' },
      rotation: { step: 'added' },
    })
    expect(await isSealed('next')).toBe(true)
    expect(await takenOver(own)).toEqual({ ok: false, error: { kind: 'not-accepted' } })
    expect(await testedNext(own)).toMatchObject({ ok: true, value: { state: 'accepted' } })
    expect((await slots(own)).rotation).toMatchObject({ step: 'tested', nextAttemptAt: null })
    expect(await takenOver(own)).toEqual({ ok: true, value: { version: 2 } })

    const after = await slots(own)
    expect(after).toMatchObject({ mailServer: { version: 2 }, next: null, rotation: { step: 'current' } })
    expect(after.previous).toMatchObject([{ isFallback: true, fallbackUntil: new Date('2099-12-31T00:00:00Z') }])
    expect(await own.mail.view()).toMatchObject({ state: 'delivering', verifiedBy: {}, version: 2 })
    expect((await own.mail.revisions({ page: 1, size: 20 })).rows.map(({ verified }) => verified)).toEqual([true, true])
    expect(await served(own)).toBe('current')

    const previousId = after.previous[0]?.id ?? ''
    const early = await own.credentials.remove(caller, { credentialId: previousId, insist: false })
    expect(early).toMatchObject({ error: { kind: 'too-early' } })
    pass(91 * MINUTE_MS)
    expect(await own.credentials.remove(caller, { credentialId: previousId, insist: false })).toMatchObject({
      error: { kind: 'still-needed' },
    })
    await own.credentials.probe(caller, after.current?.id ?? '')
    expect(await own.credentials.remove(caller, { credentialId: previousId, insist: false })).toMatchObject({
      ok: true,
    })
    expect(await slots(own)).toMatchObject({ previous: [], rotation: null })
    expect(await world.database.db.credential.findUnique({ where: { id: previousId } })).toMatchObject({
      sealed: null,
      kid: null,
    })
    expect(await audits('credential.')).toEqual([
      'credential.add-next done',
      'credential.make-current refused',
      'credential.test done',
      'credential.make-current done',
      'credential.remove refused',
      'credential.remove refused',
      'credential.probe done',
      'credential.remove done',
    ])
  })

  test('S-18 an accepted next secret that Entra refuses since cannot be made current; without an answer it stays tested', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const { value, keyId } = await change('add-secret', { displayName: 'next' })
    await newSecret(own, value)
    await testedNext(own)
    world.simulator.faults.set({ entraUnavailable: 1 })
    expect(await testedNext(own)).toMatchObject({ value: { state: 'unknown' } })
    expect((await slots(own)).rotation).toMatchObject({ step: 'tested' })
    world.simulator.faults.set({ entraUnavailable: null })
    await change('remove-secret', { keyId })
    pass(6 * MINUTE_MS)
    expect(await testedNext(own)).toMatchObject({ value: { state: 'refused' } })
    expect(await takenOver(own)).toEqual({ ok: false, error: { kind: 'not-accepted' } })
  })

  test('S-18 a wrong next secret never interrupts mail, cannot be made current, and is deleted when it is discarded', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own, 'wrong-canary-Secret.0123456789')
    expect(await testedNext(own)).toMatchObject({
      value: { state: 'not-known-yet', diagnosis: { code: 'secret-invalid' } },
    })
    pass(6 * MINUTE_MS)
    expect(await testedNext(own)).toMatchObject({ value: { state: 'refused' } })
    expect(await takenOver(own)).toMatchObject({ error: { kind: 'not-accepted' } })
    expect(await served(own)).toBe('current')
    expect((await own.mail.view()).state).toBe('unverified')
    const { mailServer, next, rotation } = await slots(own)
    expect(rotation).toMatchObject({ step: 'added', fault: { code: 'secret-invalid' } })
    const input = { mailServerId: mailServer.id, nextId: next?.id ?? '' }
    expect(await own.credentials.discardNext(caller, input)).toMatchObject({ ok: true })
    expect(await own.credentials.discardNext(caller, input)).toMatchObject({ error: { kind: 'changed' } })
    expect(await slots(own)).toMatchObject({ next: null, previous: [], rotation: null })
    expect(await world.database.db.credential.count({ where: { sealed: { not: null } } })).toBe(1)
  })

  test('S-18 a new secret that Entra does not know yet is tested again by one of two workers until Entra knows it', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await change('limits', { secretReplicationSeconds: 60 })
    await newSecret(own)
    const first = await testedNext(own)
    expect(first).toMatchObject({ value: { state: 'not-known-yet' } })
    expect(await own.credentials.advanceDueRotations()).toBe(0)
    pass(20_000)
    expect(
      (
        await Promise.all([own.credentials.advanceDueRotations(), startServices().credentials.advanceDueRotations()])
      ).sort(),
    ).toEqual([0, 1])
    expect((await slots(own)).rotation).toMatchObject({ step: 'added', fault: { code: 'secret-invalid' } })
    pass(60_000)
    expect(await own.credentials.advanceDueRotations()).toBe(1)
    expect((await slots(own)).rotation).toMatchObject({ step: 'tested', fault: null, nextAttemptAt: null })
    expect(await own.credentials.advanceDueRotations()).toBe(0)
    expect(await audits('credential.')).toEqual([
      'credential.add-next done',
      'credential.test failed',
      'credential.test done',
    ])
  })

  test('refuses a second next credential, the current one again, and any for a password', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const same: CredentialInput = {
      kind: 'secret',
      value: new Redacted(world.simulator.ready.clientSecret),
      expiresAt: null,
    }
    expect(await added(own, same)).toMatchObject({ error: { kind: 'same-as-current' } })
    const both = await Promise.all([newSecret(own, 'one-canary-Secret.0123'), newSecret(own, 'two-canary-Secret.0123')])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(both.find(({ ok }) => !ok)).toMatchObject({ error: { kind: 'next-exists' } })
    const { mailServer } = await slots(own)
    const replaced = await own.credentials.rotateNow(caller, { mailServerId: mailServer.id })
    expect(replaced).toEqual({ ok: false, error: { kind: 'next-exists' } })
    await saved(own.mail, smtpFields(), 1)
    expect(await slots(own)).toMatchObject({ next: null, rotation: null })
    expect(await added(own, same)).toMatchObject({ error: { kind: 'not-entra' } })
  })

  test('R-12 refuses to make a credential current based on an old version, and changes nothing', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own)
    await testedNext(own)
    const before = await slots(own)
    await saved(own.mail, fields({ clientSecretChange: 'keep', senderName: 'Changed' }), 1)
    const input = { mailServerId: before.mailServer.id, nextId: before.next?.id ?? '', version: 1 }
    expect(await own.credentials.makeCurrent(caller, input)).toMatchObject({ error: { kind: 'changed' } })
    expect(await slots(own)).toMatchObject({ current: { id: before.current?.id }, next: { id: before.next?.id } })
  })

  test('S-04 a save with another destination discards the next credential and ends the fallback; with the same destination both are kept', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own)
    await saved(own.mail, fields({ clientSecret: 'typed-canary-Secret.0123' }), 1)
    expect(await slots(own)).toMatchObject({ next: {}, previous: [{ isFallback: true }] })
    await saved(own.mail, fields({ tenantId: '11111111-2222-4333-8444-555555555555' }), 2)
    const left = await slots(own)
    expect(left).toMatchObject({ next: null, rotation: null })
    expect(left.previous.map(({ isFallback }) => isFallback)).toEqual([false, false])
  })
})

const smtpFields = () => ({
  type: 'smtp',
  senderAddress: world.simulator.ready.sender,
  senderName: '',
  host: world.simulator.ready.smtpHost,
  port: world.simulator.ready.smtpPort,
  security: 'starttls',
  login: 'password',
  username: 'noreply',
  passwordChange: 'replace',
  password: 'canary smtp password',
})

/** Made in the way that an organisation's certificate authority does. */
function foreignPair(): { certificate: string; pem: string; pfx: Buffer } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pair-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  try {
    const options = ['-keyout', 'key.pem', '-out', 'certificate.pem', '-subj', '/CN=mail', '-days', '90']
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...options)
    const pair = ['-inkey', 'key.pem', '-in', 'certificate.pem', '-out', 'pair.pfx']
    openssl('pkcs12', '-export', ...pair, '-passout', 'pass:of the file')
    const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) =>
      readFileSync(path.join(folder, name), 'utf8'),
    )
    return {
      certificate: certificate ?? '',
      pem: `${certificate}${key}`,
      pfx: readFileSync(path.join(folder, 'pair.pfx')),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('Kinds', () => {
  test('without a secret the settings can be saved, the page says so, and mail is sent as soon as a certificate made here is current', async () => {
    const own = startServices()
    const without = fields({ clientSecretChange: 'none', clientSecret: undefined, secretExpiresAt: '' })
    expect(await saved(own.mail, without, 0)).toMatchObject({ ok: true })
    expect(await own.mail.view()).toMatchObject({ secret: { set: false }, state: 'unverified' })
    expect((await tested(own.mail, without)).finished?.report).toMatchObject({ diagnosis: { code: 'secret-missing' } })
    expect(await served(own)).toMatchObject({ kind: 'failed', diagnosis: { code: 'secret-missing' } })

    const certificate = await added(own, { kind: 'make-certificate', days: 365 }, 'Made here')
    const { next } = await slots(own)
    expect(next).toMatchObject({ kind: 'certificate', expirySource: 'certificate', note: 'Made here' })
    const file = await own.credentials.certificateFile(certificate.ok ? certificate.value.credentialId : '')
    expect(file?.name).toMatch(/^postroom-[0-9a-f]{8}\.cer$/)
    expect(await testedNext(own)).toMatchObject({
      value: { state: 'not-known-yet', diagnosis: { code: 'certificate-rejected' } },
    })
    await change('add-certificate', { certificate: next?.certificate })
    expect(await testedNext(own)).toMatchObject({ value: { state: 'accepted' } })
    expect(await takenOver(own)).toMatchObject({ ok: true })
    expect(await served(own)).toBe('current')
    expect((await slots(own)).rotation).toBeNull()
    const form = fields({ clientSecretChange: 'keep', clientSecret: undefined, secretExpiresAt: '' })
    expect((await tested(own.mail, form)).finished?.report.outcome).toBe('accepted')
    expect(await saved(own.mail, { ...form, senderName: 'Anew' }, 2)).toMatchObject({ ok: true })
    expect((await slots(own)).current?.expiresAt).toEqual(next?.expiresAt)
    expect(JSON.stringify([await own.credentials.slots(), await own.mail.view()])).not.toContain('PRIVATE KEY')
  })

  test('a federated token needs no secret: it is added, tested and used, and nothing is sealed', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await change('add-federated-credential')
    expect(await added(own, { kind: 'federated-token' })).toMatchObject({ ok: true })
    expect(await testedNext(own)).toMatchObject({ value: { state: 'accepted' } })
    await takenOver(own)
    expect(await served(own)).toBe('current')
    expect((await slots(own)).current).toMatchObject({ kind: 'federated-token', state: 'healthy' })
    expect(await isSealed('current')).toBe(false)
    const keep = fields({ clientSecretChange: 'keep', clientSecret: undefined, secretExpiresAt: '' })
    expect((await tested(own.mail, keep)).finished?.report.outcome).toBe('accepted')
  })

  test('a managed identity needs no secret: it is refused until Entra trusts it, then tested and used, and nothing is sealed', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const { entraOrigin, tenantId, managedIdentity } = world.simulator.ready
    await added(own, { kind: 'managed-identity' })
    expect(await testedNext(own)).toMatchObject({
      value: { state: 'not-known-yet', diagnosis: { code: 'federated-credential-mismatch' } },
    })
    const issuer = `${entraOrigin}/${tenantId}/v2.0`
    await change('add-federated-credential', { issuer, subject: managedIdentity?.principalId })
    expect(await testedNext(own)).toMatchObject({ value: { state: 'accepted' } })
    await takenOver(own)
    expect(await served(own)).toBe('current')
    expect((await slots(own)).current).toMatchObject({ kind: 'managed-identity', state: 'healthy' })
    expect(await isSealed('current')).toBe(false)
    const keep = fields({ clientSecretChange: 'keep', clientSecret: undefined, secretExpiresAt: '' })
    expect((await tested(own.mail, keep)).finished?.report.outcome).toBe('accepted')
  })

  test.each(['pem', 'pfx'] as const)(
    'a certificate from elsewhere is imported by %s, and mail is sent with it',
    async (kind) => {
      const own = startServices()
      await saved(own.mail, fields(), 0)
      const { certificate, pem, pfx } = foreignPair()
      const file =
        kind === 'pem'
          ? { kind, text: new Redacted(pem), password: null }
          : { kind, bytes: pfx, password: new Redacted('of the file') }
      await change('add-certificate', { certificate })
      expect(await added(own, { kind: 'import', file })).toMatchObject({ ok: true })
      expect((await slots(own)).next).toMatchObject({
        kind: 'certificate',
        thumbprint: new X509Certificate(certificate).fingerprint256.replaceAll(':', ''),
        expirySource: 'certificate',
      })
      expect(await testedNext(own)).toMatchObject({ value: { state: 'accepted' } })
      await takenOver(own)
      const keep = fields({ clientSecretChange: 'keep', clientSecret: undefined, secretExpiresAt: '' })
      expect((await tested(own.mail, keep)).finished?.report.outcome).toBe('accepted')
    },
  )

  test('a file that is no certificate changes nothing', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const text = new Redacted('-----BEGIN NONSENSE-----')
    expect(await added(own, { kind: 'import', file: { kind: 'pem', text, password: null } })).toMatchObject({
      error: { kind: 'certificate', problem: 'not-readable' },
    })
    expect((await slots(own)).next).toBeNull()
  })
})

describe('Login', () => {
  test('S-18 when Entra refuses the current secret, the previous one is the fallback, which is audited once, and mail counts as delivering with the fallback', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    const second = await change('add-secret', { displayName: 'next' })
    await newSecret(own, second.value)
    await testedNext(own)
    await takenOver(own)
    await change('remove-secret', { keyId: second.keyId })
    // What the database does not store is stored with the next login.
    const { db } = world.database
    await db.$executeRaw`ALTER TABLE "CredentialProbe" ADD CONSTRAINT "away" CHECK ("outcome" <> 'refused') NOT VALID`
    await expect(served(own)).rejects.toThrow('away')
    await db.$executeRaw`ALTER TABLE "CredentialProbe" DROP CONSTRAINT "away"`
    expect(await served(own)).toBe('fallback')
    expect(await served(own)).toBe('fallback')
    const until = new Date('2099-12-31T00:00:00Z')
    expect(await own.mail.view()).toMatchObject({ state: 'fallback', fallbackUntil: until })
    const { current, previous } = await slots(own)
    const carriedBy = { credentialId: previous[0]?.id, until, isDated: true }
    expect(current).toMatchObject({ state: 'refused', refusedCode: 'secret-invalid', carriedBy })
    expect(await own.credentials.warnings()).toMatchObject([{ state: 'refused', fallbackUntil: until }])
    expect((await audits()).filter((row) => row.startsWith('credential.fallback'))).toHaveLength(1)
    await change('expire-secret')
    pass(2 * 60 * MINUTE_MS)
    expect(await served(own)).toMatchObject({ kind: 'failed', diagnosis: { code: 'secret-invalid' } })
  })

  test('S-18 a connection test that fails with the current secret says that deliveries use the previous one, and mail is not failing', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const second = await replaced(own)
    await change('remove-secret', { keyId: second.keyId })
    const { finished } = await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    const fallbackUntil = '2099-12-31T00:00:00.000Z'
    expect(finished?.report).toMatchObject({ outcome: 'failed', diagnosis: { code: 'secret-invalid', fallbackUntil } })
    expect((await own.mail.report(finished?.testId ?? ''))?.ended?.report.diagnosis).toMatchObject({ fallbackUntil })
    expect((await own.mail.view()).state).toBe('fallback')
    // A secret that is typed in for the test has no previous one.
    const typed = await tested(own.mail, fields({ clientSecret: 'wrong-canary-Secret.0123456789' }))
    expect(typed.finished?.report.diagnosis).not.toHaveProperty('fallbackUntil')
  })

  test('S-18 going back tests the previous secret and makes it current again as a verified revision; it is audited, and the secret is not removed', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    const second = await replaced(own)
    const before = await slots(own)
    const previousId = before.previous[0]?.id ?? ''
    const input = { mailServerId: before.mailServer.id, previousId, version: 2 }
    expect(await own.credentials.goBack(caller, { ...input, version: 1 })).toMatchObject({
      error: { kind: 'changed' },
    })
    await change('remove-secret', { keyId: second.keyId })
    expect(await served(own)).toBe('fallback')
    expect(await own.credentials.goBack(caller, { ...input, previousId: before.current?.id ?? '' })).toMatchObject({
      error: { kind: 'no-fallback' },
    })
    expect(await own.credentials.goBack(caller, input)).toEqual({ ok: true, value: { version: 3 } })
    const after = await slots(own)
    expect(after).toMatchObject({
      mailServer: { version: 3 },
      current: { id: previousId, carriedBy: null },
      rotation: null,
    })
    expect(after.previous).toMatchObject([{ id: before.current?.id, isFallback: false, state: 'refused' }])
    expect(await served(own)).toBe('current')
    expect(await own.mail.view()).toMatchObject({ state: 'delivering', verifiedBy: {}, version: 3 })
    expect((await audits()).filter((row) => row.startsWith('credential.go-back'))).toEqual([
      'credential.go-back refused',
      'credential.go-back refused',
      'credential.go-back done',
    ])
  })

  test('S-18 a mail server that a delivered message has verified stays verified when its credential is replaced, and when that is undone', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const [{ id: messageId }] = await world.database.db.$queryRaw<[{ id: string }]>`
      UPDATE "MailServer" SET "deliveredVersion" = 1, "deliveredMessageId" = gen_random_uuid(), "deliveredAt" = now()
      RETURNING "deliveredMessageId" AS id`
    const second = await replaced(own)
    const verified = { state: 'delivering', verifiedBy: null, deliveredBy: { messageId } }
    expect(await own.mail.view()).toMatchObject({ ...verified, version: 2 })
    await change('remove-secret', { keyId: second.keyId })
    await served(own)
    const { mailServer, previous } = await slots(own)
    await own.credentials.goBack(caller, {
      mailServerId: mailServer.id,
      previousId: previous[0]?.id ?? '',
      version: 2,
    })
    expect(await own.mail.view()).toMatchObject({ ...verified, version: 3 })
  })

  test('S-18 going back is refused while Entra does not accept the previous secret', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await replaced(own)
    const { mailServer, previous } = await slots(own)
    const input = { mailServerId: mailServer.id, previousId: previous[0]?.id ?? '', version: 2 }
    world.simulator.faults.set({ entraUnavailable: 1 })
    expect(await own.credentials.goBack(caller, input)).toMatchObject({ error: { kind: 'previous-not-accepted' } })
    world.simulator.faults.set({ entraUnavailable: null })
    await change('expire-secret')
    expect(await own.credentials.goBack(caller, input)).toMatchObject({ error: { kind: 'previous-not-accepted' } })
    expect(await slots(own)).toMatchObject({ mailServer: { version: 2 } })
  })

  test('S-18 a refused secret that is replaced does not displace the good older one as the fallback', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    const [first] = [(await slots(own)).current]
    const second = await replaced(own)
    await change('remove-secret', { keyId: second.keyId })
    expect(await served(own)).toBe('fallback')
    pass(MINUTE_MS)
    const third = await replaced(own)
    expect((await slots(own)).previous.map(({ id, isFallback }) => [id === first?.id, isFallback])).toEqual([
      [false, false],
      [true, true],
    ])
    await change('remove-secret', { keyId: third.keyId })
    expect(await served(own)).toBe('fallback')
    expect(await own.mail.view()).toMatchObject({ state: 'fallback' })
    expect(await own.credentials.warnings()).toMatchObject([{ fallbackUntil: new Date('2099-12-31T00:00:00Z') }])
  })

  test.each([
    ['the application is disabled', 'disable-application'],
    ['Conditional Access', 'conditional-access'],
  ])('does not use the fallback if the fault is not the credential’s own: %s', async (_, name) => {
    const own = startServices()
    await saved(own.mail, fields({ clientSecret: 'former-canary-Secret.0123' }), 0)
    await saved(own.mail, fields(), 1)
    await change(name, { on: true })
    const before = world.simulator.received.all().length
    expect(await served(own)).toMatchObject({ kind: 'failed' })
    expect(world.simulator.received.all().length - before).toBe(1)
    expect((await slots(own)).current?.refusedAt).toBeNull()
  })

  test('a secret that cannot be opened stops mail, and no other credential is used', async () => {
    const own = startServices()
    await saved(own.mail, fields({ clientSecret: 'former-canary-Secret.0123' }), 0)
    await saved(own.mail, fields(), 1)
    const { current } = await slots(own)
    await world.database.db.credential.update({ where: { id: current?.id ?? '' }, data: { sealed: 'damaged' } })
    const before = world.simulator.received.all().length
    expect(await served(own)).toMatchObject({ diagnosis: { code: 'secret-unreadable' } })
    expect(world.simulator.received.all().length).toBe(before)
  })

  test('S-15 fifty logins at once request one token', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const before = world.simulator.received.all().length
    const all = await Promise.all(Array.from({ length: 50 }, () => served(own)))
    expect(new Set(all)).toEqual(new Set(['current']))
    expect(world.simulator.received.all().length - before).toBe(1)
  })

  test('R-22 renews the token once after a refusal, then pauses with the reason', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const login = await own.credentials.login(signal())
    if (!login.ok) throw new Error('no login')
    const renewed = await own.credentials.renew(login.value, signal())
    if (!renewed.ok) throw new Error('not renewed')
    expect(renewed.value.token?.bearer.reveal()).not.toBe(login.value.token?.bearer.reveal())
    expect(await own.credentials.renew(renewed.value, signal())).toEqual({
      ok: false,
      error: { kind: 'paused' },
    })
  })

  describe('of a worker after Entra had rejected the current secret', () => {
    const state = async (own: TestServices) => (await slots(own)).current?.state
    const refuse = async () => {
      const refusal = { refusedAt: world.clock.now(), refusedCode: 'secret-invalid' }
      await world.database.db.credential.updateMany({ data: refusal })
    }
    const uses = () => world.database.db.credentialProbe.count({ where: { reason: 'use' } })

    test('a new token shows at once that it works again, which many logins store once', async () => {
      const own = startServices()
      await saved(own.mail, fields(), 0)
      await tested(own.mail, fields({ clientSecretChange: 'keep' }))
      await refuse()
      expect(await own.mail.view()).toMatchObject({ state: 'failing', failing: { kind: 'credential-refused' } })
      expect(new Set(await Promise.all(Array.from({ length: 20 }, () => served(own))))).toEqual(new Set(['current']))
      expect(await state(own)).toBe('healthy')
      expect((await own.mail.view()).state).toBe('delivering')
      expect(await served(own)).toBe('current')
      expect(await uses()).toBe(1)
      expect(await audits('credential.probe')).toEqual(['credential.probe done'])
    })

    test('a token from before the rejection shows nothing, and one that the mail server made necessary does', async () => {
      const own = startServices()
      await saved(own.mail, fields(), 0)
      const login = await own.credentials.login(signal())
      pass(MINUTE_MS)
      await refuse()
      expect(await served(own)).toBe('current')
      expect(await state(own)).toBe('refused')
      pass(MINUTE_MS)
      if (!login.ok) throw new Error('no login')
      expect(await own.credentials.renew(login.value, signal())).toMatchObject({ ok: true })
      expect(await state(own)).toBe('healthy')
      expect(await uses()).toBe(1)
    })

    test.each([
      ['ahead of', HOUR_MS],
      ['behind', -HOUR_MS],
    ])('what shows is decided by the time of the database, also where our clock is %s it', async (_, aheadMs) => {
      const { clock } = world
      const ours = { ...clock, now: () => new Date(clock.now().getTime() + aheadMs) }
      const own = startServices(undefined, ours, clock)
      await saved(own.mail, fields(), 0)
      const login = await own.credentials.login(signal())
      pass(MINUTE_MS)
      await refuse()
      await served(own)
      expect(await state(own)).toBe('refused')
      pass(MINUTE_MS)
      if (!login.ok) throw new Error('no login')
      expect(await own.credentials.renew(login.value, signal())).toMatchObject({ ok: true })
      expect(await state(own)).toBe('healthy')
    })

    test('a second rejection shows at once, also if another process found it working in between', async () => {
      const own = startServices()
      await saved(own.mail, fields(), 0)
      await change('expire-secret')
      await served(own)
      expect(await state(own)).toBe('expired')
      const accepted = { acceptedAt: world.clock.now(), refusedAt: null, refusedCode: null }
      await world.database.db.credential.updateMany({ data: accepted })
      // The refusal that the token cache repeats is older than that.
      await served(own)
      expect(await state(own)).toBe('healthy')
      pass(MINUTE_MS)
      await served(own)
      await served(own)
      expect(await state(own)).toBe('expired')
      expect(await uses()).toBe(2)
    })
  })

  test('a password login needs no token, and without a mail server there is no login', async () => {
    const own = startServices()
    expect(await served(own)).toEqual({ kind: 'no-server' })
    await saved(own.mail, smtpFields(), 0)
    const login = await own.credentials.login(signal())
    expect(login).toMatchObject({
      value: { server: { login: { kind: 'password', username: 'noreply' } }, token: null },
    })
    expect(JSON.stringify(login)).not.toContain('canary')
  })
})

describe('Probes', () => {
  test('Entra’s answer to a connection test counts, and a refusal makes the credential expired at once', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const keep = fields({ clientSecretChange: 'keep' })
    await tested(own.mail, keep)
    const accepted = { reason: 'test', outcome: 'accepted', diagnosisCode: null, evidence: null }
    expect((await slots(own)).current).toMatchObject({ state: 'healthy', latestProbe: accepted })

    await change('expire-secret')
    await tested(own.mail, keep)
    const { current } = await slots(own)
    const refused = { reason: 'test', outcome: 'refused', diagnosisCode: 'secret-expired' }
    expect(current).toMatchObject({ state: 'expired', latestProbe: refused })
    expect(current?.latestProbe?.evidence).toContain('AADSTS7000222')

    await tested(own.mail, fields({ clientSecret: 'typed~but~not~stored' }))
    expect((await slots(own)).current).toMatchObject({ state: 'expired', latestProbe: refused })
  })

  test('every credential in use is probed once a day, and the result changes the status of mail', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await tested(own.mail, fields({ clientSecretChange: 'keep' }))
    await newSecret(own)
    await testedNext(own)
    expect((await own.credentials.runDailyChecks()).probed).toBe(0)
    pass(DAY_MS)
    expect((await own.credentials.runDailyChecks()).probed).toBe(2)
    expect((await own.mail.view()).state).toBe('delivering')
    await change('expire-secret')
    pass(DAY_MS)
    expect((await own.credentials.runDailyChecks()).probed).toBe(2)
    expect((await own.mail.view()).state).toBe('failing')
    const { current } = await slots(own)
    expect(current).toMatchObject({ state: 'expired', refusedCode: 'secret-expired', latestProbe: { reason: 'daily' } })
    expect((await audits()).at(-1)).toBe('credential.probe failed')
  })

  test('the worker does not probe a next credential before it was accepted once', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own)
    expect((await own.credentials.runDailyChecks()).probed).toBe(1)
    const unasked = { next: { latestProbe: null }, rotation: { step: 'added', fault: null } }
    expect(await slots(own)).toMatchObject(unasked)
    await testedNext(own)
    pass(DAY_MS)
    expect((await own.credentials.runDailyChecks()).probed).toBe(2)
    expect(await slots(own)).toMatchObject({ next: { latestProbe: { reason: 'daily', outcome: 'accepted' } } })
  })

  async function twoDueForProbe() {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own)
    await testedNext(own)
    pass(DAY_MS)
    return own
  }

  test('a credential that is removed while the worker probes the ones before it is not probed', async () => {
    const own = await twoDueForProbe()
    const { db } = world.database
    await db.$executeRaw`CREATE FUNCTION remove_rest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE "Credential" SET "removedAt" = now() WHERE "id" <> NEW."credentialId"; RETURN NULL; END $$`
    await db.$executeRaw`CREATE TRIGGER remove_rest AFTER INSERT ON "CredentialProbe" FOR EACH ROW EXECUTE FUNCTION remove_rest()`
    expect((await own.credentials.runDailyChecks()).probed).toBe(1)
  })

  test('a credential that another run probes while this one probes the ones before it is not probed twice', async () => {
    const own = await twoDueForProbe()
    const { db } = world.database
    await db.$executeRaw`CREATE FUNCTION probe_rest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO "CredentialProbe" ("id", "credentialId", "at", "reason", "outcome")
      SELECT gen_random_uuid(), "id", NEW."at", 'daily', 'unknown' FROM "Credential" WHERE "id" <> NEW."credentialId";
      RETURN NULL; END $$`
    await db.$executeRaw`CREATE TRIGGER probe_rest AFTER INSERT ON "CredentialProbe" FOR EACH ROW
      WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION probe_rest()`
    expect((await own.credentials.runDailyChecks()).probed).toBe(1)
  })

  test('a missing answer says nothing about a credential, and the probe is repeated after a quarter of an hour', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    world.simulator.faults.set({ entraUnavailable: 1 })
    pass(DAY_MS)
    expect((await own.credentials.runDailyChecks()).probed).toBe(1)
    expect((await slots(own)).current).toMatchObject({ refusedAt: null, latestProbe: { outcome: 'unknown' } })
    expect((await own.credentials.runDailyChecks()).probed).toBe(0)
    world.simulator.faults.set({ entraUnavailable: null })
    pass(16 * MINUTE_MS)
    expect((await own.credentials.runDailyChecks()).probed).toBe(1)
    expect((await slots(own)).current).toMatchObject({ acceptedAt: expect.any(Date) })
  })
})

describe('Dates', () => {
  test('without the permission the answer contains the commands that grant it; with it the stored secret is identified and its date shown', async () => {
    const own = startServices()
    await saved(own.mail, fields({ secretExpiresAt: '2027-01-31' }), 0)
    const { mailServer, current } = await slots(own)
    const refused = await own.credentials.discover(caller, mailServer.id)
    expect(refused).toMatchObject({ error: { kind: 'not-permitted' } })
    expect(JSON.stringify(refused)).toContain('New-MgServicePrincipalAppRoleAssignment')
    await change('grant-graph-role', { role: 'Application.Read.All' })
    const discovered = await own.credentials.discover(caller, mailServer.id)
    expect(discovered).toMatchObject({ value: { stored: [{ credentialId: current?.id, outcome: { kind: 'found' } }] } })
    expect((await slots(own)).current).toMatchObject({
      datesDiffer: true,
      expirySource: 'typed',
      foundAt: expect.any(Date),
    })
    const stored = await world.database.db.credential.findUnique({ where: { id: current?.id ?? '' } })
    expect(stored).toMatchObject({ keyId: expect.stringMatching(/^[0-9a-f-]{36}$/), applicationObjectId: null })

    await own.credentials.edit(editor, {
      credentialId: current?.id ?? '',
      changes: [{ field: 'validUntil', text: '' }],
    })
    expect((await slots(own)).current?.state).toBe('date-unknown')
    await own.credentials.discover(caller, mailServer.id)
    const after = (await slots(own)).current
    expect(after).toMatchObject({ expirySource: 'graph', datesDiffer: false, expiryVersion: 3 })
    expect(after?.expiresAt).toEqual(after?.foundExpiresAt)
    const two = [await own.credentials.discover(caller, mailServer.id), (await slots(own)).current]
    expect(two).toMatchObject([{ ok: true }, { expiryVersion: 3 }])
    expect(await audits('credential.found')).toEqual(['credential.found done'])
  })

  test('two stored secrets of which each could be the only one at Microsoft are both left unclear', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const start = world.simulator.ready.clientSecret.slice(0, 3)
    const { value } = await change('add-secret', { displayName: 'next', value: `${start}-next-Secret.0123456789` })
    await newSecret(own, value)
    await testedNext(own)
    expect(await takenOver(own)).toMatchObject({ ok: true })
    await change('grant-graph-role', { role: 'Application.Read.All' })
    const { mailServer } = await slots(own)
    const all = await own.credentials.discover(caller, mailServer.id)
    const first = all.ok ? all.value.unmatched.find(({ displayName }) => displayName !== 'next') : undefined
    await change('remove-secret', { keyId: first?.keyId })
    await world.database.db.credential.updateMany({ data: { keyId: null } })
    const ambiguous = { outcome: { kind: 'ambiguous' } }
    expect(await own.credentials.discover(caller, mailServer.id)).toMatchObject({
      value: { stored: [ambiguous, ambiguous], unmatched: [{ displayName: 'next' }] },
    })
  })

  test('Graph is asked for the dates that it has given once a day, also once the permission is withdrawn', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await change('grant-graph-role', { role: 'Application.Read.All' })
    const { mailServer } = await slots(own)
    expect(await own.credentials.discover(caller, mailServer.id)).toMatchObject({ ok: true })
    const graphRequests = () => world.simulator.received.all().filter(({ service }) => service === 'graph').length
    for (const takes of [false, true]) {
      if (takes) await change('remove-graph')
      pass(DAY_MS)
      const before = graphRequests()
      for (const _ of [1, 2, 3]) await own.credentials.runDailyChecks()
      expect(graphRequests() - before).toBe(1)
    }
  })

  test('Microsoft’s date replaces a typed one in one call, is audited, and follows Microsoft from then on', async () => {
    const own = startServices()
    await saved(own.mail, fields({ secretExpiresAt: '2026-12-01' }), 0)
    const { current, mailServer } = await slots(own)
    const id = current?.id ?? ''
    const take = (version = current?.expiryVersion ?? -1) =>
      own.credentials.takeFoundDate(editor, { credentialId: id, version })
    expect(await take()).toEqual({ ok: false, error: { kind: 'nothing-found' } })
    await change('grant-graph-role', { role: 'Application.Read.All' })
    expect(await own.credentials.discover(caller, mailServer.id)).toMatchObject({ ok: true })
    const before = await own.credentials.byId(id)
    expect(before).toMatchObject({ datesDiffer: true, expirySource: 'typed' })
    const typed = [{ field: 'validUntil', text: '2026-12-02' }] as const
    expect(await own.credentials.edit(editor, { credentialId: id, changes: typed })).toMatchObject({ ok: true })
    // Another person's date, which this person has not seen.
    expect(await take()).toEqual({ ok: false, error: { kind: 'changed' } })
    expect(await take(before?.expiryVersion)).toMatchObject({ ok: false })
    expect(await audits()).toContain('credential.expiry refused')
    const newest = await own.credentials.byId(id)
    expect(await take(newest?.expiryVersion)).toMatchObject({ ok: true })
    expect(await take(newest?.expiryVersion)).toMatchObject({ ok: true })
    const after = await own.credentials.byId(id)
    expect(after).toMatchObject({ datesDiffer: false, expirySource: 'graph', expiresAt: before?.foundExpiresAt })
    expect(after?.expiryVersion).toBe((newest?.expiryVersion ?? 0) + 1)
    expect(await audits()).toContain('credential.expiry done')
  })

  test('R-16 owners are addresses, are audited, are copied to the next credential, and have a channel as long as a credential names them', async () => {
    const own = startServices()
    const { db } = world.database
    await saved(own.mail, fields(), 0)
    const { current } = await slots(own)
    const credentialId = current?.id ?? ''
    const set = (owners: string) =>
      own.credentials.edit(editor, { credentialId, changes: [{ field: 'owners', text: owners }] })
    expect(await set('Finance <finance@contoso.example>')).toMatchObject({
      error: { owners: { kind: 'invalid', validationError: { params: { entry: 'Finance' } } } },
    })
    const many = Array.from({ length: 11 }, (_, at) => `a${at}@contoso.example`).join(' ')
    expect(await set(many)).toMatchObject({ error: { owners: { validationError: { params: { max: 10 } } } } })
    expect(await set('Finance@Contoso.example; it@contoso.example, finance@contoso.example')).toMatchObject({
      ok: true,
    })
    const channels = () =>
      db.notificationChannel.findMany({
        orderBy: { address: 'asc' },
        select: { address: true, ownerOnly: true, locale: true },
      })
    expect(await channels()).toEqual([
      { address: 'finance@contoso.example', ownerOnly: true, locale: 'de' },
      { address: 'it@contoso.example', ownerOnly: true, locale: 'de' },
    ])
    await newSecret(own)
    const owners = ['finance@contoso.example', 'it@contoso.example']
    expect((await slots(own)).next).toMatchObject({ owners })
    expect(await set('')).toMatchObject({ ok: true })
    expect(await channels()).toHaveLength(2)
    const nextId = (await slots(own)).next?.id ?? ''
    expect(
      await own.credentials.edit(
        { ...editor, locale: 'en' },
        { credentialId: nextId, changes: [{ field: 'owners', text: 'it@contoso.example' }] },
      ),
    ).toMatchObject({ ok: true })
    expect(await channels()).toEqual([{ address: 'it@contoso.example', ownerOnly: true, locale: 'de' }])
    const rows = await db.auditEvent.findMany({ where: { action: 'credential.owners' }, orderBy: { sequence: 'asc' } })
    expect(rows.map(({ details }) => (details as { owners: string }).owners)).toEqual([
      owners.join(', '),
      '',
      'it@contoso.example',
    ])
    // A new secret that is saved on the Mail server page takes them over too.
    await set('finance@contoso.example')
    await saved(own.mail, fields({ clientSecret: 'another-canary-Secret.0123' }), 1)
    expect((await slots(own)).current).toMatchObject({ owners: ['finance@contoso.example'] })
  })

  test('R-12 the second of two people who edit the same field reads what the first has saved, and may then replace it', async () => {
    const own = startServices()
    await saved(own.mail, fields({ secretExpiresAt: '2027-01-31' }), 0)
    const credentialId = (await slots(own)).current?.id ?? ''
    const owners = 'it@contoso.example, pc@contoso.example'
    const texts = [
      ['note', '', 'first\nline', 'mine', 'first\r\nline '],
      ['validUntil', '2027-01-31', '2027-02-01', '2027-03-01', ' 2027-02-01'],
      ['owners', '', owners, 'it@contoso.example', 'IT@Contoso.example; pc@contoso.example'],
    ] as const
    for (const [field, was, first, second, respelled] of texts) {
      const save = (text: string, read: string) =>
        own.credentials.edit(editor, { credentialId, changes: [{ field, text, was: read }] })
      expect(await save(first, was)).toMatchObject({ ok: true })
      const replaced = { ok: false, error: { [field]: { kind: 'replaced', stored: first } } }
      expect(await save(second, was)).toEqual(replaced)
      // The same once more, such as after an answer that was lost.
      for (const same of [first, respelled]) expect(await save(same, was)).toMatchObject({ ok: true })
      expect(await save(second, first.replaceAll('\n', '\r\n'))).toMatchObject({ ok: true })
      // A field that was not changed in its form leaves what another person has saved.
      expect(await save(first, first)).toMatchObject({ ok: true })
    }
    expect((await slots(own)).current).toMatchObject({ note: 'mine', owners: ['it@contoso.example'] })
    const refused = await world.database.db.auditEvent.findMany({ where: { result: 'refused' } })
    expect(refused.map(({ action, details }) => [action, details])).toEqual(
      ['credential.note', 'credential.expiry', 'credential.owners'].map((action) => [action, { reason: 'replaced' }]),
    )
  })

  test('fields that are saved together are not saved if one is refused, and each that is wrong has its fault', async () => {
    const own = startServices()
    const { db } = world.database
    await saved(own.mail, fields({ secretExpiresAt: '2027-01-31' }), 0)
    const credentialId = (await slots(own)).current?.id ?? ''
    const save = (texts: { validUntil: string; owners: string; note: string }) => {
      const was = { validUntil: '2027-01-31', owners: '', note: '' }
      const changes = EDITABLE_FIELDS.map((field) => ({ field, text: texts[field], was: was[field] }))
      return own.credentials.edit(editor, { credentialId, changes })
    }
    const texts = { validUntil: '2027-02-01', owners: 'it@contoso.example', note: 'a\u0007b' }
    expect(await save(texts)).toEqual({ ok: false, error: { note: expect.objectContaining({ kind: 'invalid' }) } })
    expect(await save({ ...texts, owners: 'it' })).toMatchObject({
      error: { owners: { kind: 'invalid', validationError: { params: { entry: 'it' } } }, note: { kind: 'invalid' } },
    })
    expect((await slots(own)).current).toMatchObject({ expiresAt: new Date('2027-01-31'), owners: [], note: '' })
    // Twice at one moment, and again after an answer that was lost: each change is recorded once.
    const mine = { ...texts, note: 'mine' }
    const answers = [...(await Promise.all([save(mine), save(mine)])), await save(mine)]
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true])
    const actions = ['credential.expiry', 'credential.owners', 'credential.note']
    const rows = await db.auditEvent.findMany({ where: { action: { in: actions } }, orderBy: { sequence: 'asc' } })
    expect(rows.map(({ action }) => action)).toEqual(actions)
  })

  test('a note is stored as typed, a certificate’s date cannot be typed, and thresholds are sorted', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const { current } = await slots(own)
    const credentialId = current?.id ?? ''
    expect(
      await own.credentials.edit(editor, {
        credentialId,
        changes: [{ field: 'note', text: 'Of Contoso\r\nmade in May' }],
      }),
    ).toMatchObject({
      ok: true,
    })
    expect(
      await own.credentials.edit(editor, { credentialId, changes: [{ field: 'note', text: 'a\u0007b' }] }),
    ).toMatchObject({
      error: { note: { kind: 'invalid' } },
    })
    expect((await slots(own)).current?.note).toBe('Of Contoso\nmade in May')
    await added(own, { kind: 'make-certificate', days: 30 })
    const { next } = await slots(own)
    expect(
      await own.credentials.edit(editor, {
        credentialId: next?.id ?? '',
        changes: [{ field: 'validUntil', text: '' }],
      }),
    ).toMatchObject({
      error: { validUntil: { kind: 'fixed' } },
    })
    const change = { thresholdsDays: [7, 90, 7], inventory: false, rotateDaysBefore: null, version: 0 }
    // The second time because the answer was lost: nothing changes.
    for (let time = 0; time < 2; time++)
      expect(await own.credentials.saveWatch(caller, change)).toEqual({ ok: true, value: undefined })
    expect((await own.credentials.watch()).thresholdsDays).toEqual([90, 7, 0])
    const other = { ...change, inventory: true }
    expect(await own.credentials.saveWatch(caller, other)).toMatchObject({ error: { kind: 'changed' } })
    const wrong = [
      [1.5],
      [-1],
      [366],
      [Number.NaN],
      [Number.POSITIVE_INFINITY],
      Array.from({ length: 11 }, (_, day) => day + 1),
    ]
    const corpus = (entries as { field: string; value: unknown; normalised?: unknown; expect: string }[]).filter(
      ({ field }) => field === 'reminder_days',
    )
    const refused = corpus.filter(({ expect: wanted }) => wanted === 'reject').map(({ value }) => value as number[])
    for (const thresholdsDays of [...wrong, ...refused])
      expect(await own.credentials.saveWatch(caller, { ...change, version: 1, thresholdsDays })).toMatchObject({
        error: { kind: 'invalid', problem: 'thresholds' },
      })
    for (const rotateDaysBefore of [0, -1, 91, 1.5, Number.NaN])
      expect(await own.credentials.saveWatch(caller, { ...change, version: 1, rotateDaysBefore })).toMatchObject({
        error: { kind: 'invalid', problem: 'rotate-days' },
      })
    for (const version of [-1, 0, 2, 2 ** 31 - 2])
      expect(await own.credentials.saveWatch(caller, { ...other, version })).toMatchObject({
        error: { kind: 'changed' },
      })
    expect((await own.credentials.watch()).thresholdsDays).toEqual([90, 7, 0])
    const accepted = corpus.filter(({ expect: wanted }) => wanted !== 'reject')
    for (const [nth, { value, normalised = value }] of accepted.entries()) {
      const saving = { ...change, version: 1 + nth, thresholdsDays: value as number[] }
      expect(await own.credentials.saveWatch(caller, saving)).toMatchObject({ ok: true })
      // On the day itself there always is one.
      expect((await own.credentials.watch()).thresholdsDays).toEqual([...(normalised as number[]), 0])
    }
  })

  test('ten days ahead are accepted, and days of an earlier version stay until they are changed', async () => {
    const own = startServices()
    const ten = Array.from({ length: 10 }, (_, day) => 365 - day)
    expect(await own.credentials.saveWatch(caller, { thresholdsDays: ten, version: 0 })).toMatchObject({ ok: true })
    expect((await own.credentials.watch()).thresholdsDays).toEqual([...ten, 0])
    await world.database.db.credentialWatch.updateMany({ data: { thresholdsDays: [730, 0] } })
    expect(await own.credentials.saveWatch(caller, { inventory: true, version: 0 })).toMatchObject({ ok: true })
    expect(await own.credentials.watch()).toMatchObject({ thresholdsDays: [730, 0], inventory: true })
  })

  test('a change of one setting is no conflict with a change of another', async () => {
    const own = startServices()
    const save = (change: object) => own.credentials.saveWatch(caller, { ...change, version: 0 })
    for (const change of [{ thresholdsDays: [5] }, { inventory: true }, { rotateDaysBefore: 20 }])
      expect(await save(change)).toEqual({ ok: true, value: undefined })
    for (const change of [{ thresholdsDays: [6] }, { inventory: false }, { rotateDaysBefore: 21 }])
      expect(await save(change)).toMatchObject({ error: { kind: 'changed' } })
    const saved = { thresholdsDays: [5, 0], inventory: true, rotateDaysBefore: 20 }
    expect(await own.credentials.watch()).toMatchObject(saved)
  })
})

describe('Crashes', () => {
  const POINTS = [
    'add-next:credential',
    'add-next:rotation',
    'add-next:audit',
    'test-next:asking',
    'test-next:asked',
    'step-rotation:row',
    'step-rotation:audit',
    'make-current:previous',
    'make-current:current',
    'make-current:revision',
    'make-current:audit',
    'remove:credential',
    'remove:audit',
  ]

  test('S-18 after a crash at every step mail works, the audit log agrees, and the step can be repeated', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    const secret = (await change('add-secret', { displayName: 'next' })).value
    let met: string[] = []
    const killedAt = (wanted: string) =>
      startServices((point) => {
        if (point !== wanted) return
        met.push(point)
        throw new Error(`killed at ${point}`)
      })
    const previousId = (await slots(own)).current?.id ?? ''
    const steps: Record<string, (services: TestServices) => Promise<unknown>> = {
      'add-next': (services) => newSecret(services, secret),
      'test-next': testedNext,
      'step-rotation': testedNext,
      'make-current': takenOver,
      remove: (services) => services.credentials.remove(caller, { credentialId: previousId, insist: true }),
    }
    for (const point of POINTS) {
      const [step = ''] = point.split(':')
      const run = steps[step]
      const rows = (await audits()).length
      await expect(run?.(killedAt(point))).rejects.toThrow(`killed at ${point}`)
      expect([point, await served(startServices())]).toEqual([point, 'current'])
      expect((await audits()).length).toBe(rows)
      const isLast = POINTS.findLast((other) => other.startsWith(`${step}:`)) === point
      if (isLast) expect(await run?.(startServices())).toMatchObject({ ok: true })
    }
    expect(met).toEqual(POINTS)
    met = []
    expect(await slots(own)).toMatchObject({
      current: { acceptedAt: expect.any(Date) },
      next: null,
      previous: [],
      rotation: null,
    })
  })

  test('S-18 after a crash while it is discarded the next credential is complete, and it can be discarded again', async () => {
    const own = startServices()
    await saved(own.mail, fields(), 0)
    await newSecret(own)
    const discarded = async ({ credentials }: TestServices) => {
      const { mailServer, next } = await slots(own)
      return credentials.discardNext(caller, { mailServerId: mailServer.id, nextId: next?.id ?? '' })
    }
    const audited = (await audits()).length
    for (const wanted of ['discard-next:credential', 'discard-next:audit']) {
      const killed = startServices((point) => {
        if (point === wanted) throw new Error(`killed at ${point}`)
      })
      await expect(discarded(killed)).rejects.toThrow(`killed at ${wanted}`)
      expect([wanted, await served(startServices())]).toEqual([wanted, 'current'])
      expect(await slots(own)).toMatchObject({ rotation: { step: 'added', endedAt: null } })
      expect(await isSealed('next')).toBe(true)
      expect((await audits()).length).toBe(audited)
    }
    expect(await discarded(startServices())).toMatchObject({ ok: true })
    expect(await slots(own)).toMatchObject({ next: null, rotation: null })
    expect((await audits()).slice(audited)).toEqual(['credential.discard done'])
  })
})
