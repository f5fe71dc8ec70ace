import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createTestAuthority, type TestIdentity } from '../../tests/support/certificates'
import { freshDatabase } from '../../tests/support/database'
import { SmtpTalk } from '../../tests/support/smtp-talk'
import { submissionWorld } from '../../tests/support/submission'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { quiet } from '../../tests/support/world'
import { readCertificateFiles, submissionFault } from '../host/submission-check'
import { readListenerCertificate, watchCertificate } from './certificate'

function folder(): string {
  const created = mkdtempSync(path.join(os.tmpdir(), 'postroom-certificate-'))
  onTestFinished(() => rmSync(created, { recursive: true }))
  return created
}

function filesOf({ cert, key }: TestIdentity, home = folder()) {
  const certificate = { certFile: path.join(home, 'cert.pem'), keyFile: path.join(home, 'key.pem') }
  writeFileSync(certificate.certFile, cert)
  writeFileSync(certificate.keyFile, key)
  return certificate
}

const placeOf = (certificate: ReturnType<typeof filesOf> | null, port = 0) => ({
  submission: { listen: '127.0.0.1', ports: { starttls: port }, certificate },
})
const NOW = new Date()
const unexpected = (error: unknown) => expect.unreachable(String(error))

test('M-07 the host refuses a start whose listener could not use its certificate or its port, in one line', async () => {
  const authority = await createTestAuthority()
  const [good, other] = [await authority.certify(), await authority.certify()]
  expect(await submissionFault({ submission: null })).toBeNull()
  expect(await submissionFault(placeOf(filesOf(good)))).toBeNull()
  // Without a start there would be no alert about it.
  const expired = await authority.certify({ notAfter: new Date(Date.now() - 1_000) })
  expect(await submissionFault(placeOf(filesOf(expired)))).toBeNull()
  for (const [identity, variable, problem] of [
    [
      { ...good, key: other.key },
      'CERT',
      /^does not belong to the key of POSTROOM_SUBMISSION_KEY_FILE: [^\n]*key values mismatch$/,
    ],
    [{ ...good, cert: 'nothing' }, 'CERT', /^holds no certificate in PEM form that can be used: [^\n]+$/],
    [{ ...good, cert: good.cert.repeat(200) }, 'CERT', /^cannot be read: [^\n]* has more than 65536 bytes$/],
    [{ ...good, cert: '' }, 'CERT', /^holds no certificate in PEM form that can be used: [^\n]+$/],
    [{ ...good, key: '' }, 'KEY', /^holds no PEM key without a passphrase that can be used: [^\n]+$/],
    [{ cert: good.key, key: good.cert }, 'CERT', /^holds no certificate in PEM form that can be used: [^\n]+$/],
    [{ ...good, key: 'nothing' }, 'KEY', /^holds no PEM key without a passphrase that can be used: [^\n]+$/],
  ] as const)
    expect(await submissionFault(placeOf(filesOf(identity)))).toEqual({
      variable: `POSTROOM_SUBMISSION_${variable}_FILE`,
      problem: expect.stringMatching(problem),
    })
  const missing = path.join(folder(), 'key.pem')
  expect(await submissionFault(placeOf({ ...filesOf(good), keyFile: missing }))).toEqual({
    variable: 'POSTROOM_SUBMISSION_KEY_FILE',
    problem: expect.stringMatching(/^cannot be read: ENOENT/),
  })
  const blocker = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void blocker.close())
  await new Promise((resolve) => blocker.once('listening', resolve))
  const { port } = blocker.address() as { port: number }
  expect(await submissionFault(placeOf(null, port))).toEqual({
    variable: 'POSTROOM_SUBMISSION_PORTS',
    problem: `${port} is in use by another program`,
  })
})

test('M-07 without files the listener creates one self-signed certificate for the host of its address, and uses it again', async () => {
  const wish = { dataDir: folder(), baseUrl: new URL('http://localhost:3000'), now: NOW }
  const first = await readListenerCertificate(placeOf(null).submission, wish, unexpected)
  expect(await readListenerCertificate(placeOf(null).submission, wish, unexpected)).toEqual(first)
  const certificate = new X509Certificate(first.cert)
  expect(certificate.subjectAltName).toBe('DNS:localhost')
  expect(certificate.verify(certificate.publicKey)).toBe(true)
})

test('M-07 a listener whose disk takes no certificate uses one that it does not keep', async () => {
  const [dataDir, failed] = [path.join(folder(), 'missing'), [] as unknown[]]
  const wish = { dataDir, baseUrl: new URL('http://localhost:3000'), now: NOW }
  const { cert } = await readListenerCertificate(placeOf(null).submission, wish, (error) => failed.push(error))
  expect(new X509Certificate(cert).subjectAltName).toBe('DNS:localhost')
  expect(failed).toMatchObject([{ code: 'ENOENT' }])
})

test('M-07 a certificate that has expired, or that lacks the one of its issuer, is used with a warning', async () => {
  const authority = await createTestAuthority()
  const alone = await authority.certify()
  const warned: unknown[] = []
  const log = {
    ...quiet,
    warn: (text: string, { reason }: { reason?: unknown } = {}) => void warned.push([text, reason]),
  }
  const watch = (identity: TestIdentity, used = identity) =>
    watchCertificate(placeOf(filesOf(identity)).submission, used, log, () => {}, 20)
  onTestFinished(watch({ ...alone, cert: `${alone.cert}\n${authority.certificate}` }))
  expect(warned).toEqual([])
  onTestFinished(watch(alone))
  const noChain = ['the certificate of the listener has no chain', expect.stringMatching(/^CN=/)]
  expect(warned).toEqual([noChain])
  onTestFinished(watch(await authority.certify({ notAfter: new Date(NOW.getTime() - 1_000) }), alone))
  const expired = ['the certificate of the listener has expired', expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]
  await expect.poll(() => warned).toEqual([noChain, noChain, expired, noChain])
})

test('M-07 files of the certificate that cannot be read are logged once for each reason, and once when they can be read again', async () => {
  const identity = await (await createTestAuthority()).certify()
  const files = filesOf(identity)
  const used = readCertificateFiles(files)
  const lines: string[] = []
  const note =
    (level: string) =>
    (text: string, fields: object = {}) => {
      if (text.startsWith('the changed')) lines.push(`${level} ${'error' in fields ? String(fields.error) : ''}`)
    }
  let looks = 0
  const looked = {
    ...files,
    get certFile() {
      looks++
      return files.certFile
    },
  }
  onTestFinished(
    watchCertificate(placeOf(looked).submission, used, { info: note('info'), warn: note('warn') }, () => {}, 10),
  )
  const twoLooks = () => {
    const before = looks
    return expect.poll(() => looks).toBeGreaterThan(before + 2)
  }
  rmSync(files.certFile)
  await twoLooks()
  writeFileSync(files.certFile, 'nothing')
  await twoLooks()
  rmSync(files.certFile)
  execFileSync('mkfifo', [files.certFile])
  await twoLooks()
  rmSync(files.certFile)
  writeFileSync(files.certFile, identity.cert)
  await twoLooks()
  expect(lines).toEqual([
    expect.stringMatching(/^warn .*ENOENT/),
    expect.stringMatching(/^warn .*PEM/),
    expect.stringMatching(/^warn .*not a file/),
    'info ',
  ])
})

async function listening(identity: TestIdentity) {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const world = await untilTestEnds(submissionWorld({ database, identity, entrances: ['starttls', 'tls', 'plain'] }))
  const secured = async (entrance: 'starttls' | 'tls' | 'plain', options: object = {}) => {
    const talk = await untilTestEnds(SmtpTalk.connect(world.ports[entrance] ?? 0))
    if (entrance !== 'tls') {
      await talk.reply()
      await talk.ask('EHLO printer')
      await talk.ask('STARTTLS')
    }
    await talk.secure(options)
    // The greeting comes later than the handshake, and only then does the session know how it is encrypted.
    if (entrance === 'tls') await talk.reply()
    return talk.socket as TLSSocket
  }
  const open = async (...args: Parameters<typeof secured>) =>
    (await secured(...args)).getPeerX509Certificate()?.serialNumber
  return { ...world, database, secured, open }
}

test('M-07 a changed certificate is used for new connections at every port, and one that does not fit its key is not', async () => {
  const authority = await createTestAuthority()
  const [before, after] = [await authority.certify(), await authority.certify()]
  const serialOf = ({ cert }: TestIdentity) => new X509Certificate(cert).serialNumber
  const it = await listening(before)
  await it.client({ networks: '127.0.0.0/8' }, 'network')
  // The files changed after the listener had read them.
  const files = filesOf(after)
  const stop = watchCertificate(placeOf(files).submission, before, quiet, it.listeners.renew, 100)
  onTestFinished(stop)
  for (const entrance of ['starttls', 'tls', 'plain'] as const)
    await expect.poll(() => it.open(entrance), { interval: 50 }).toBe(serialOf(after))
  filesOf({ ...before, key: after.key }, path.dirname(files.certFile))
  for (const entrance of ['starttls', 'tls', 'plain'] as const)
    expect(await it.open(entrance), entrance).toBe(serialOf(after))
})

test('M-07 a certificate or key file that is empty, as while it is copied or on a full disk, is not used', async () => {
  const good = await (await createTestAuthority()).certify()
  const wish = { dataDir: folder(), baseUrl: new URL('http://localhost:3000'), now: NOW }
  for (const empty of [{ cert: '' }, { key: '' }])
    await expect(
      readListenerCertificate(placeOf(filesOf({ ...good, ...empty })).submission, wish, unexpected),
    ).rejects.toThrow()
})

test('M-07 a client with TLS 1.1 is refused at every port, and its session says why', async () => {
  const it = await listening(await (await createTestAuthority()).certify())
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  for (const entrance of ['starttls', 'tls'] as const) await expect(it.open(entrance, old), entrance).rejects.toThrow()
  await expect(it.open('tls', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })).resolves.toBeDefined()
  await it.close()
  const failed = await it.database.db.submissionSession.findMany({ where: { refusal: 'tls-too-old' } })
  expect(failed.map(({ stages }) => JSON.stringify(stages).split('tls-too-old').length)).toEqual([2, 2])
})

test('M-07 a device without elliptic curves can send, a client with them gets forward secrecy whatever it prefers, and a weak cipher is refused', async () => {
  const wish = { dataDir: folder(), baseUrl: new URL('http://localhost'), now: NOW }
  const it = await listening(await readListenerCertificate(placeOf(null).submission, wish, unexpected))
  const cipher = async (entrance: 'starttls' | 'tls', ciphers: string) => {
    const socket = await it.secured(entrance, { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` })
    return socket.getCipher().name
  }
  for (const entrance of ['starttls', 'tls'] as const) {
    expect(await cipher(entrance, 'AES128-SHA')).toBe('AES128-SHA')
    expect(await cipher(entrance, 'AES128-SHA:ECDHE-RSA-AES128-SHA')).toBe('ECDHE-RSA-AES128-SHA')
    for (const weak of ['NULL-SHA256', 'ADH-AES128-SHA256', 'CAMELLIA128-SHA'])
      await expect(cipher(entrance, weak), weak).rejects.toThrow(/handshake failure/)
  }
  await it.close()
  const sessions = await it.database.db.submissionSession.findMany()
  expect(sessions.filter(({ stages }) => JSON.stringify(stages).includes('TLSv1.2 AES128-SHA"'))).toHaveLength(2)
})
