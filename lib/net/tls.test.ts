import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createTestAuthority, type TestIdentity } from '../../tests/support/certificates'
import { listen } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { HOUR_MS } from '../kernel'
import { createDialer } from './dialer'
import { tlsEvidence, tlsFaultCode } from './tls'

const authority = await createTestAuthority()

const speakTls =
  (identity: TestIdentity, options: tls.SecureContextOptions = {}) =>
  (raw: Socket) => {
    const secureContext = tls.createSecureContext({ ...identity, ...options })
    new tls.TLSSocket(raw, { isServer: true, secureContext }).on('error', () => {})
  }

async function handshakeWith(
  onConnection: (socket: Socket) => void,
  signal = AbortSignal.timeout(5000),
  ca = [authority.certificate],
) {
  const server = await untilTestEnds(listen(onConnection))
  const dialer = createDialer({
    allowNetworks: ['localhost'],
    allowPorts: [server.port],
    ca,
  })
  const target = { host: 'localhost', port: server.port }
  const dialled = await dialer.connect(target, { signal, purpose: 'smtp' })
  if (!dialled.ok) throw new Error(dialled.error.code)
  const secured = await dialer.secure(dialled.value.socket, { ...target, signal })
  const protocol = secured.ok ? secured.value.getProtocol() : null
  if (secured.ok) secured.value.destroy()
  else expect(dialled.value.socket.destroyed).toBe(true)
  return secured.ok ? { protocol } : secured.error
}

test('N-09 a server is accepted if its certificate is trusted and names it', async () => {
  expect(await handshakeWith(speakTls(await authority.certify()))).toEqual({ protocol: 'TLSv1.3' })
  expect(await handshakeWith(speakTls(await authority.certify(), { maxVersion: 'TLSv1.2' }))).toEqual({
    protocol: 'TLSv1.2',
  })
})

test.each([
  ['self-signed', { selfSigned: true }, 'certificate-untrusted', /SELF_SIGNED/],
  ['of another name', { names: ['mail.fabrikam.example'] }, 'certificate-name-mismatch', /mail\.fabrikam\.example/],
  ['expired', { notAfter: new Date(Date.now() - HOUR_MS) }, 'certificate-expired', /CERT_HAS_EXPIRED/],
  ['of tomorrow', { notBefore: new Date(Date.now() + HOUR_MS) }, 'certificate-expired', /CERT_NOT_YET_VALID/],
] as const)('N-09 F-26 a certificate %s is refused: %j → %s', async (_, wish, code, evidence) => {
  const identity = await authority.certify({ ...wish, names: 'names' in wish ? [...wish.names] : ['localhost'] })
  const fault = await handshakeWith(speakTls(identity))
  expect(fault).toMatchObject({ kind: 'net', code, host: 'localhost', evidence: expect.stringMatching(evidence) })
  const [name] = 'names' in wish ? wish.names : ['localhost']
  const issuer = 'selfSigned' in wish ? name : 'Litware test authority'
  const facts = new RegExp(`; subject ${name}; issuer ${issuer}; valid from .+ GMT to .+ GMT; names DNS:${name}$`)
  expect(fault).toMatchObject({ evidence: expect.stringMatching(facts) })
})

test('N-09 what a certificate says of itself is bounded, and holds no control character', () => {
  const name = { CN: `a\u0007\n\u202e${'b'.repeat(10_000)}`, O: ['Litware', 'Firewall'] }
  const dates = { valid_from: 'then', valid_to: 'later' }
  const cert = { subject: name, issuer: name, ...dates, subjectaltname: 'x'.repeat(100_000) }
  const evidence = tlsEvidence(Object.assign(new Error(), { code: 'CERT_HAS_EXPIRED', cert }))
  expect(evidence).toContain('Litware,Firewall; valid from then to later; names x')
  expect(evidence).toHaveLength(512)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(evidence).not.toMatch(/[\u0000-\u001f\u202e]/)
})

test('N-09 an authority that is not configured is not trusted', async () => {
  const fault = await handshakeWith(speakTls(await authority.certify()), undefined, [])
  const evidence = expect.stringMatching(/^UNABLE_TO_\w+; subject localhost; issuer Litware test authority; /)
  expect(fault).toMatchObject({ code: 'certificate-untrusted', evidence })
})

test('N-09 an authority that one connection trusts is not trusted by another one', async () => {
  const server = speakTls(await authority.certify())
  const { certificate } = await createTestAuthority()
  expect(await handshakeWith(server)).toEqual({ protocol: 'TLSv1.3' })
  expect(await handshakeWith(server, undefined, [certificate])).toMatchObject({ code: 'certificate-untrusted' })
  expect(await handshakeWith(server)).toEqual({ protocol: 'TLSv1.3' })
})

test.each(['TLSv1', 'TLSv1.1'] as const)('N-09 F-25 a server that has only %s is too old', async (version) => {
  const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
  expect(await handshakeWith(speakTls(await authority.certify(), old))).toMatchObject({
    code: 'tls-version-unsupported',
  })
})

test('a server that has no common way to prove itself refuses the handshake, and repeating does not change that', async () => {
  const nothingInCommon = (socket: Socket) =>
    new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext({}) }).on('error', () => {})
  expect(await handshakeWith(nothingInCommon)).toMatchObject({ code: 'tls-handshake-refused' })
})

test.each([
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'tls-handshake-refused'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls-handshake-refused'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'tls-handshake-refused'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls-handshake-refused'],
  ['ERR_SSL_DH_KEY_TOO_SMALL', 'tls-handshake-refused'],
  ['ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED', 'tls-handshake-refused'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls-version-unsupported'],
  ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'connection-lost'],
  ['ERR_SSL_SSLV3_ALERT_CLOSE_NOTIFY', 'connection-lost'],
])('%s is %s', (code, named) => {
  expect(tlsFaultCode(code)).toBe(named)
})

test('F-25 a server in clear text is not TLS', async () => {
  expect(await handshakeWith((socket) => socket.write('220 mail.litware.example ESMTP\r\n'))).toMatchObject({
    code: 'tls-expected',
  })
})

test('F-25 a handshake that stalls ends with the deadline, one that closes is lost', async () => {
  expect(await handshakeWith(() => {}, AbortSignal.timeout(150))).toMatchObject({ code: 'deadline-passed' })
  expect(await handshakeWith((socket) => socket.once('data', () => socket.destroy()))).toMatchObject({
    code: 'connection-lost',
  })
  expect(await handshakeWith((socket) => socket.once('data', () => socket.resetAndDestroy()))).toMatchObject({
    code: 'connection-lost',
  })
})

test('a code that no handshake gives is a bug and no fault of the server', () => {
  expect(tlsFaultCode('ERR_INVALID_ARG_TYPE')).toBeNull()
})

test('N-09 a private authority is trusted if NODE_EXTRA_CA_CERTS names it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'authority-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'ca.pem')
  await writeFile(file, authority.certificate)
  const server = await untilTestEnds(listen(speakTls(await authority.certify())))
  const script = `
    import { createDialer } from ${JSON.stringify(path.join(import.meta.dirname, 'dialer.ts'))}
    const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [${server.port}] })
    const target = { host: 'localhost', port: ${server.port}, signal: AbortSignal.timeout(5000) }
    const { value } = await dialer.connect(target, { signal: target.signal, purpose: 'smtp' })
    const secured = await dialer.secure(value.socket, target)
    process.stdout.write(secured.ok ? 'trusted' : secured.error.code)
    if (secured.ok) secured.value.destroy()`
  const run = (env: Partial<NodeJS.ProcessEnv>) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
    })
  expect((await run({ NODE_EXTRA_CA_CERTS: file })).stdout).toBe('trusted')
  expect((await run({})).stdout).toBe('certificate-untrusted')
})
