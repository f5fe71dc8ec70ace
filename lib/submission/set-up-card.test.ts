import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { faultsIn, type Grammar, grammar } from '../../tests/support/grammar'
import { submissionWorld } from '../../tests/support/submission'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { newApiKey } from '../access/client-secrets'
import {
  type Connection,
  curlExample,
  DEVICES,
  type Device,
  entrancesFor,
  exampleFor,
  PASSWORD_PLACE,
  senderFor,
} from './set-up-card'

const database = databaseOfEach()
const run = promisify(execFile)
const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-cards-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('each example names the server, the port and the login, and no password', () => {
  for (const device of DEVICES) {
    const connection = { host: 'mail.contoso.example', port: 587, entrance: 'starttls', login: 'scan-1a2b' } as const
    const example = exampleFor(device, { ...connection, sender: 'scanner@contoso.example' })
    if (device === 'printer') expect(example).toBeNull()
    else
      for (const part of ['mail.contoso.example', '587', 'scan-1a2b', PASSWORD_PLACE])
        expect(example?.text, device).toContain(part)
  }
})

test('a client is offered only ports that are on and that it can use', () => {
  const ports = { starttls: 587, plain: 25 }
  expect(entrancesFor('login', ports)).toEqual([{ entrance: 'starttls', port: 587 }])
  expect(entrancesFor('network', ports)).toEqual([{ entrance: 'plain', port: 25 }])
  expect(entrancesFor('network', { tls: 465 })).toEqual([])
})

test('the sender of an example is one that the client may use', () => {
  expect(senderFor({ senders: ['*@contoso.example', 'scanner@contoso.example'] })).toBe('scanner@contoso.example')
  expect(senderFor({ senders: ['*@contoso.example'] })).toBe('name@contoso.example')
  expect(senderFor({ senders: ['*.contoso.example'] })).toBe('name@contoso.example')
})

test('the Python example puts a message into the outbox, and sends no password to a server whose certificate it does not trust', async () => {
  const it = await untilTestEnds(submissionWorld({ database }))
  const { id, login, secret } = await it.client()
  const connection = { host: 'localhost', port: it.ports.starttls ?? 0, entrance: 'starttls', login } as const
  const example = exampleFor('python', { ...connection, sender: 'scanner@contoso.example' })
  const send = (trusts: object) =>
    run('python3', ['-c', (example?.text ?? '').replace(PASSWORD_PLACE, secret)], {
      env: { ...process.env, ...trusts },
    })
  await expect(send({})).rejects.toThrow(/CERTIFICATE_VERIFY_FAILED/)
  const authority = path.join(folder, 'authority.pem')
  writeFileSync(authority, it.ca)
  await send({ SSL_CERT_FILE: authority })
  expect(await database.db.message.findFirstOrThrow()).toMatchObject({ clientId: id, subject: 'Test' })
})

test.runIf(existsSync('/usr/bin/swaks'))(
  'the swaks example signs in only at a server whose certificate it trusts',
  async () => {
    const it = await untilTestEnds(submissionWorld({ database }))
    const { id, login, secret } = await it.client()
    const connection = { host: 'localhost', port: it.ports.starttls ?? 0, entrance: 'starttls', login } as const
    const example = exampleFor('swaks', { ...connection, sender: 'scanner@contoso.example' })
    const send = (more: string) =>
      run('bash', ['-c', `${(example?.text ?? '').replace(PASSWORD_PLACE, secret)} ${more}`])
    await expect(send('')).rejects.toThrow('certificate verification failed')
    const authority = path.join(folder, 'authority.pem')
    writeFileSync(authority, it.ca)
    await send(`--tls-ca-path ${authority}`)
    expect(await database.db.message.findFirstOrThrow()).toMatchObject({ clientId: id })
  },
)

/** An address that is valid, and that ends a string or is expanded where it is not quoted. */
const ODD_SENDER = "o'neil$HOME&#x@contoso.example"
const CONNECTIONS: Connection[] = [
  { entrance: 'starttls', port: 587, login: 'scan-1a2b' },
  { entrance: 'tls', port: 465, login: 'scan-1a2b' },
  { entrance: 'plain', port: 25, login: null },
].map((each) => ({ ...each, host: 'mail.contoso.example', sender: ODD_SENDER }) as Connection)

const GRAMMARS: Partial<Record<Device, [Grammar, surround?: (text: string) => string]>> = {
  nextcloud: ['php', (text) => `<?php\n$CONFIG = array(\n${text}\n);`],
  wordpress: ['php'],
  php: ['php', (text) => `<?php\n${text}`],
  python: ['python'],
  dotnet: ['c-sharp'],
  swaks: ['bash'],
  grafana: ['ini'],
  spring: ['ini', (text) => `[x]\n${text}`],
  postfix: ['ini', (text) => `[x]\n${text}`],
}

test.each(Object.entries(GRAMMARS))('the card for %s is understood by a grammar', async (device, [name, surround]) => {
  const parse = await grammar(name)
  for (const connection of CONNECTIONS) {
    const text = exampleFor(device as Device, connection)?.text ?? ''
    const written = surround ? surround(text) : text
    expect(faultsIn(parse(written)), text).toEqual([])
    expect(faultsIn(parse(`${written}\n[((='`)), text).not.toEqual([])
  }
})

test.each<[Device, starttls: string, tls: string | null, plain: string | null]>([
  ['nextcloud', "'mail_smtpsecure' => ''", "'mail_smtpsecure' => 'ssl'", "'mail_smtpsecure' => ''"],
  ['php', "SMTPSecure = 'tls'", "SMTPSecure = 'ssl'", "SMTPSecure = ''"],
  ['grafana', 'startTLS_policy = MandatoryStartTLS', null, 'startTLS_policy = NoStartTLS'],
  ['spring', 'starttls.required=true', 'ssl.enable=true', null],
  ['dotnet', 'SecureSocketOptions.StartTls', 'SecureSocketOptions.SslOnConnect', 'SecureSocketOptions.None'],
])('the card for %s encrypts as the port requires, and in no other way', (device, ...settings) => {
  const written = CONNECTIONS.map((connection) => exampleFor(device, connection)?.text ?? '')
  written.forEach((text, at) => {
    for (const setting of settings) if (setting) expect(text.includes(setting), text).toBe(setting === settings[at])
  })
})

const CONSOLE = 'https://console.contoso.example'

test('a key whose allowed senders name no address has no example, because the API would answer it with no-sender', () => {
  expect(curlExample(CONSOLE, { senders: ['*@contoso.example'] }, null)).toBeNull()
  const senders = ['*@contoso.example', 'shop@contoso.example']
  expect(curlExample(CONSOLE, { senders }, null)?.text).toContain('"to":"shop@contoso.example"')
})

test('a sender with odd characters arrives whole in a shell', async () => {
  const [connection] = CONNECTIONS
  if (!connection) throw new Error('no connection')
  const args = async (text: string) =>
    (await run('bash', ['-c', `swaks() { printf '%s\\n' "$@"; }; curl() { swaks "$@"; }; ${text}`])).stdout.split('\n')
  expect(await args(exampleFor('swaks', connection)?.text ?? '')).toContain(ODD_SENDER)
  const curl = (key: string | null) => args(curlExample(CONSOLE, { senders: [ODD_SENDER] }, key)?.text ?? '')
  const body = (await curl(null)).find((arg) => arg.startsWith('{'))
  expect(JSON.parse(body ?? '')).toMatchObject({ to: ODD_SENDER })
  const key = newApiKey().reveal()
  expect(await curl(key)).toContain(`Authorization: Bearer ${key}`)
})

const installed = (program: string) => existsSync(`/usr/bin/${program}`) || existsSync(`/usr/sbin/${program}`)

test.runIf(installed('php'))('PHP reads the settings for Nextcloud and checks the other cards', async () => {
  for (const connection of CONNECTIONS) {
    const settings = exampleFor('nextcloud', connection)?.text ?? ''
    const { stdout } = await run('php', ['-r', `echo json_encode(array(${settings}));`])
    expect(JSON.parse(stdout)).toMatchObject({
      mail_smtphost: connection.host,
      mail_smtpport: connection.port,
      mail_smtpauth: connection.login !== null,
      mail_from_address: ODD_SENDER.split('@')[0],
      mail_domain: 'contoso.example',
    })
    for (const device of ['php', 'wordpress'] as const) {
      const file = path.join(folder, `${device}.php`)
      writeFileSync(file, `<?php\n${(exampleFor(device, connection)?.text ?? '').replace('<?php', '')}`)
      await run('php', ['-l', file])
    }
  }
})

test.runIf(installed('msmtp') && installed('postconf'))(
  'msmtp and Postfix read their cards without a warning',
  async () => {
    for (const connection of CONNECTIONS) {
      const file = path.join(folder, 'msmtprc')
      writeFileSync(file, exampleFor('msmtp', { ...connection, sender: 'scanner@contoso.example' })?.text ?? '', {
        mode: 0o600,
      })
      const { stdout } = await run('bash', ['-c', `msmtp --pretend --file=${file} anna@fabrikam.example </dev/null`])
      expect(stdout).toContain(`port = ${connection.port}`)
      writeFileSync(
        path.join(folder, 'main.cf'),
        `compatibility_level = 3.6\n${exampleFor('postfix', connection)?.text ?? ''}\n`,
      )
      writeFileSync(path.join(folder, 'master.cf'), '')
      const read = await run('/usr/sbin/postconf', ['-c', folder, '-n'])
      expect(read.stderr).toBe('')
      expect(read.stdout).toContain(`relayhost = [mail.contoso.example]:${connection.port}`)
      expect(read.stdout).toContain(`level = ${connection.entrance === 'plain' ? 'none' : 'secure'}`)
    }
  },
)
