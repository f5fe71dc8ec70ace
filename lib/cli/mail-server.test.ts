import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { leaks } from '../../e2e/support/needles'
import { runCommand } from '../../tests/support/command'
import { CLIENT, caller, createWorld, SECRET, TENANT, type World } from '../../tests/support/mail-server'
import { textOf } from '../../tests/support/source-text'
import { register } from './mail-server'
import { UsageFault } from './usage-fault'

let world: World
let folder: string
beforeEach(async () => {
  world = await createWorld()
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-cli-'))
  process.env.TEST_CLIENT_SECRET = SECRET
})
afterEach(async () => {
  delete process.env.TEST_CLIENT_SECRET
  rmSync(folder, { recursive: true })
  await world.end()
})

async function run(...args: string[]) {
  const services = { mailServer: world.mailServer(), mailServers: world.servers() }
  const ran = await runCommand(register, services, ['mail-server', ...args])
  return { ...ran, json: ran.out[0] as Record<string, unknown> }
}

function file(change: Record<string, unknown> = {}): string {
  const target = path.join(folder, 'settings.json')
  const settings = {
    type: 'exchange-online-oauth2',
    cloud: 'lab',
    senderAddress: 'noreply@contoso.example',
    senderName: 'Contoso',
    allowIndividualSenders: false,
    tenantId: TENANT,
    clientId: CLIENT,
    credential: { kind: 'secret', value: { env: 'TEST_CLIENT_SECRET' }, expiresAt: '2099-05-01' },
    ...change,
  }
  writeFileSync(target, JSON.stringify(settings))
  return target
}

test('the settings files in docs/commands.md are accepted as they are printed', async () => {
  const secret = path.join(folder, 'smtp-password')
  writeFileSync(secret, 'quiet purple kettle\n')
  const blocks = [...textOf('docs/commands.md').matchAll(/```json\n([^`]+)```/g)]
  const documents = blocks.map(([, text = '']) => JSON.parse(text.replace('/etc/postroom/smtp-password', secret)))
  expect(documents.map(({ type }) => type)).toEqual(['exchange-online-oauth2', 'smtp'])
  process.env.CLIENT_SECRET = SECRET
  onTestFinished(() => {
    delete process.env.CLIENT_SECRET
  })
  for (const [at, document] of documents.entries()) {
    const settings = 'cloud' in document ? { ...document, cloud: 'lab' } : document
    writeFileSync(path.join(folder, 'printed.json'), JSON.stringify(settings))
    expect(await run('apply', path.join(folder, 'printed.json'), '--json')).toMatchObject({
      code: 0,
      json: { revision: at + 1 },
    })
  }
})

test('without a mail server the list has no line, and a name leads to the command that adds the first one', async () => {
  expect(await run('list')).toMatchObject({ code: 0, out: [], err: ['No mail servers yet.'] })
  await expect(run('apply', file(), '--server', 'Nowhere')).rejects.toThrow(
    '--server: there is no mail server yet. Without this option `mail-server apply` adds the first one',
  )
})

test('apply, show and test answer with exactly the contract’s JSON and exit codes', async () => {
  expect(await run('show', '--json')).toMatchObject({ code: 0, json: { revision: 0, verifiedBy: null, status: 'off' } })
  const applied = await run('apply', file(), '--json')
  expect(applied).toMatchObject({
    code: 0,
    json: { revision: 1, changed: expect.arrayContaining(['tenantId', 'clientSecret']) },
  })
  expect(Object.keys(applied.json)).toEqual(['revision', 'changed'])

  const sent = await run('test', '--to', 'anna@fabrikam.example', '--json')
  expect(sent).toMatchObject({ code: 0, json: { outcome: 'accepted', diagnosis: null } })
  expect(sent.out).toHaveLength(1)
  expect(Object.keys(sent.json)).toEqual(['outcome', 'stages', 'diagnosis', 'accepted', 'sender'])

  const output = await run('show', '--json')
  expect(output.json).toMatchObject({
    type: 'exchange-online-oauth2',
    tenantId: TENANT,
    revision: 1,
    status: 'delivering',
    verifiedBy: expect.stringMatching(/^[0-9a-f-]{36}$/),
    credential: {
      kind: 'secret',
      value: { set: true, by: 'root (command line)', kid: 'k1', expiresAt: '2099-05-01T00:00:00.000Z' },
    },
  })
  const lines = (await run('show')).out
  expect(lines).toEqual(
    expect.arrayContaining([
      `tenantId: ${TENANT}`,
      'credential.kind: secret',
      'credential.value.expiresAt: 2099-05-01T00:00:00.000Z',
      'credential.expiresAt: 2099-05-01',
    ]),
  )
  const said = JSON.stringify([applied, sent, output, lines])
  expect(leaks([['what they said', said]], [{ name: 'client secret', secret: SECRET }])).toEqual([])
})

test('apply of an unchanged file keeps the revision, and a limit that is used up is named', async () => {
  await run('apply', file())
  const unchanged = file({ credential: { kind: 'secret', expiresAt: '2099-05-01' } })
  expect(await run('apply', unchanged, '--json')).toMatchObject({ code: 0, json: { revision: 1, changed: [] } })
  expect((await run('apply', unchanged)).out).toEqual(['Nothing has changed. Revision 1 is the current one.'])

  const expire = new Date(Date.now() + 1_800_000)
  await world.database.db.rateLimit.create({ data: { key: 'test-hour-all:all', points: 50, expire } })
  const limited = await run('test', '--to', 'anna@fabrikam.example', '--json')
  expect(limited).toMatchObject({ code: 1, json: { error: 'too-many-tests', limit: 'console' } })
  expect(Object.keys(limited.json)).toEqual(['error', 'limit', 'retryAfterMs'])
  expect(limited.err.join()).toMatch(/the last ten are reserved for the page\. Try again in \d+ minutes\.$/)
})

test('apply refuses individual senders at Exchange while no sender is verified', async () => {
  expect(await run('apply', file({ allowIndividualSenders: true }), '--json')).toMatchObject({
    code: 1,
    json: { errors: { allowIndividualSenders: expect.stringContaining('has been verified') } },
  })
})

test('S-04 apply without a secret keeps it only for the same destination', async () => {
  await run('apply', file())
  expect((await run('apply', file({ credential: undefined, senderName: 'New' }), '--json')).json).toEqual({
    revision: 2,
    changed: ['senderName'],
  })
  const moved = await run('apply', file({ credential: undefined, tenantId: 'contoso.example' }), '--json')
  expect(moved).toMatchObject({
    code: 1,
    json: { errors: { 'credential.value': expect.stringContaining('another destination') } },
  })
  const dry = await run(
    'test',
    '--to',
    'a@fabrikam.example',
    '--settings',
    file({ credential: undefined, clientId: TENANT, tenantId: 'contoso.example' }),
    '--json',
  )
  expect(dry).toMatchObject({
    code: 1,
    json: { outcome: 'failed', diagnosis: { code: 'secret-missing', stage: 'settings', retry: 'no' } },
  })
  expect(world.entra.connections + world.smtp.connections).toBe(0)
})

test('a dry run is ready with exit 0; a failure is 1 with one code; wrong usage is a usage fault', async () => {
  const ready = await run('test', '--to', 'a@fabrikam.example', '--settings', file(), '--dry-run', '--json')
  expect(ready).toMatchObject({ code: 0, json: { outcome: 'ready', accepted: null, diagnosis: null } })
  const failed = await run('test', '--to', 'a@fabrikam.example', '--settings', file({ tenantId: 'contoso' }), '--json')
  expect(failed).toMatchObject({
    code: 1,
    json: { outcome: 'failed', accepted: null, diagnosis: { code: 'settings-incomplete', evidence: 'tenantId' } },
  })
  expect(await run('apply', file({ tenantId: 'contoso' }), '--json')).toMatchObject({
    code: 1,
    json: { errors: { tenantId: expect.any(String) } },
  })
  expect(await run('test', '--to', 'nobody', '--json')).toMatchObject({
    code: 1,
    err: [expect.stringMatching(/^--to: /)],
    json: { errors: { '--to': expect.any(String) } },
  })
  await expect(run('apply', path.join(folder, 'none.json'))).rejects.toThrow(UsageFault)
})

test('a test of a faulty file says what is wrong with it, and of SMTP lists no stage that SMTP does not have', async () => {
  const to = ['test', '--to', 'a@fabrikam.example'] as const
  const unset = await run(...to, '--settings', file({ credential: { kind: 'secret', value: { env: 'TEST_NOT_SET' } } }))
  expect(unset).toMatchObject({ code: 1 })
  expect(unset.out.join('\n')).toMatch(/credential\.value: .*TEST_NOT_SET/)
  const smtp = path.join(folder, 'smtp.json')
  writeFileSync(smtp, JSON.stringify({ type: 'smtp', senderAddress: 'not an address', host: 'mail.contoso.example' }))
  const { json } = await run(...to, '--settings', smtp, '--json')
  const stages = (json.stages as { stage: string }[]).map(({ stage }) => stage)
  expect(stages).toEqual(['settings', 'connect', 'tls', 'auth', 'sender', 'recipient', 'data'])
  expect((await run(...to)).out.join('\n')).toContain('Nothing is saved')
})

test('a settings or secret file that is missing or is not UTF-8 text is refused with the reason, and nothing is saved', async () => {
  const secret = path.join(folder, 'secret')
  const named = file({ credential: { kind: 'secret', value: { file: secret }, expiresAt: '2099-05-01' } })
  const unread = { 'credential.value': `the file ${secret} cannot be read as UTF-8 text` }
  expect(await run('apply', named, '--json')).toMatchObject({ code: 1, json: { errors: unread } })
  writeFileSync(secret, Buffer.from('schlüssel', 'latin1'))
  const refused = await run('apply', named)
  expect(refused).toMatchObject({
    code: 1,
    out: [],
    err: [expect.stringContaining(`${secret} cannot be read as UTF-8`)],
  })
  expect(await run('show', '--json')).toMatchObject({ json: { revision: 0 } })

  await expect(run('apply', path.join(folder, 'none.json'))).rejects.toThrow(/^settings file .*none\.json: ENOENT/)
  await expect(run('test', '--to', 'a@fabrikam.example', '--settings', folder)).rejects.toThrow(
    /^--settings .*: EISDIR/,
  )
  await expect(run('apply', '/dev/zero')).rejects.toThrow('settings file /dev/zero: more than 131072 bytes')
  writeFileSync(path.join(folder, 'utf-16.json'), Buffer.from(`\uFEFF${readFileSync(named, 'utf8')}`, 'utf16le'))
  await expect(run('apply', path.join(folder, 'utf-16.json'))).rejects.toThrow(/utf-8/)
})

test('a byte order mark, which programs on Windows write, is part of neither the settings nor the secret', async () => {
  const secret = path.join(folder, 'secret')
  writeFileSync(secret, `\uFEFF${SECRET}\r\n`)
  const named = file({ credential: { kind: 'secret', value: { file: secret }, expiresAt: '2099-05-01' } })
  writeFileSync(named, `\uFEFF${readFileSync(named, 'utf8')}`)
  expect(await run('apply', named, '--json')).toMatchObject({ code: 0, json: { revision: 1 } })
  expect(await run('test', '--to', 'anna@fabrikam.example', '--json')).toMatchObject({ json: { outcome: 'accepted' } })
})

test('F-54 settings that cannot be read: show reports it and exits with 1, apply saves them again', async () => {
  await run('apply', file())
  await world.database.db.$executeRaw`UPDATE "MailServer" SET settings = '{"type":"smtp"}'`
  const output = await run('show', '--json')
  expect(output).toMatchObject({ code: 1, json: { revision: 1, status: 'failing', problem: 'settings-unreadable' } })
  expect((await run('show')).err[0]).toContain('cannot be read')
  expect(await run('apply', file(), '--json')).toMatchObject({ code: 0, json: { revision: 2 } })
  expect(await run('show', '--json')).toMatchObject({ code: 0, json: { tenantId: TENANT } })
})

test('a command names one of several mail servers; without a name it is the default one, and an unknown name is a usage fault', async () => {
  await run('apply', file())
  const servers = world.servers()
  const added = await servers.add(caller, 'Branch office')
  if (!added.ok) throw new Error(added.error.kind)
  const own = file({ senderAddress: 'branch@contoso.example' })
  expect(await run('apply', own, '--server', 'branch OFFICE', '--json')).toMatchObject({ json: { revision: 1 } })
  await servers.setFailover(caller, { id: await servers.defaultId(), from: null, failoverId: added.value.id })

  const senderOf = async (...args: string[]) => (await run('show', '--json', ...args)).json.senderAddress
  expect(await senderOf()).toBe('noreply@contoso.example')
  expect(await senderOf('--server', 'Branch office')).toBe('branch@contoso.example')
  const sent = await run('test', '--to', 'anna@fabrikam.example', '--server', 'Branch office', '--json')
  expect(sent.json).toMatchObject({ outcome: 'accepted', sender: { from: 'branch@contoso.example' } })
  expect((await run('list', '--json')).json).toEqual([
    {
      name: 'Exchange Online',
      default: true,
      revision: 1,
      type: 'exchange-online-oauth2',
      senderAddress: 'noreply@contoso.example',
      status: 'unverified',
      failover: 'Branch office',
    },
    {
      name: 'Branch office',
      default: false,
      revision: 1,
      type: 'exchange-online-oauth2',
      senderAddress: 'branch@contoso.example',
      status: 'delivering',
      failover: null,
    },
  ])
  expect((await run('list')).out).toContain('Branch office: delivering, revision 1, branch@contoso.example')
  await expect(run('show', '--server', 'Nowhere')).rejects.toThrow('There are: Exchange Online, Branch office')
})
