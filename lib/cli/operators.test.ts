import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { NO_MAILS } from '../../tests/support/no-mails'
import { systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { composeAccounts } from '../services/accounts'
import { register } from './operators'
import { UsageFault } from './usage-fault'

let database: TestDatabase
let services: object
beforeAll(async () => {
  database = await freshDatabase()
  const environment = {
    baseUrl: new URL('https://postroom.contoso.example'),
    authSecret: new Redacted('a secret of the deployment, long enough'),
    secondFactor: 'admins' as const,
    sessionIdleMinutes: 60,
    sessionHours: 12,
  }
  const signIn = composeAccounts(database.db, systemClock, environment, NO_MAILS)
  services = { signIn, environment }
})
afterAll(() => database.drop())

const call = (...args: string[]) => runCommand(register, services, ['operators', ...args])

const lastRow = () => database.db.auditEvent.findFirstOrThrow({ orderBy: { sequence: 'desc' } })

test('A-13 operators add, list and reset: exact JSON, one audit row each, under the name of the shell user', async () => {
  const link = {
    email: 'ada@contoso.example',
    setUpUrl: expect.stringMatching(/^https:\/\/postroom\.contoso\.example\/setup\?token=/),
  }
  expect(await call('add', 'Ada@contoso.example', '--role', 'admin', '--json')).toEqual({
    out: [link],
    err: [],
    code: 0,
  })
  expect(await lastRow()).toMatchObject({ action: 'operator.create', actorName: 'root (command line)', result: 'done' })

  const row = { email: 'ada@contoso.example', role: 'admin', secondFactor: false, lastSignIn: null }
  expect(await call('list', '--json')).toEqual({ out: [[row]], err: [], code: 0 })

  expect(await call('reset', 'ada@contoso.example', '--json')).toEqual({ out: [link], err: [], code: 0 })
  expect(await lastRow()).toMatchObject({ action: 'operator.reset', result: 'done' })

  const withFactor = () => database.db.operator.updateMany({ data: { twoFactorEnabled: true } })
  await withFactor()
  const unnotified = { ...link, notified: false, reason: 'no-server' }
  expect(await call('reset', 'ada@contoso.example', '--json')).toMatchObject({ out: [unnotified], code: 0 })
  await withFactor()
  expect((await call('reset', 'ada@contoso.example')).err.join()).toContain('Tell them yourself')
})

test('operators add with a password file; a common password is refused with 1 and its reason', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'password')
  writeFileSync(file, 'quiet purple kettle rain\n')
  const added = await call('add', 'bob@contoso.example', '--role', 'viewer', '--password-file', file)
  expect(added).toMatchObject({ out: [], code: 0 })
  writeFileSync(file, '1234567890123456\n')
  const refused = await call('add', 'eve@contoso.example', '--password-file', file)
  expect(refused).toMatchObject({ out: [], code: 1 })
  expect(refused.err.join()).toContain('too common')
  expect(await lastRow()).toMatchObject({ action: 'operator.create', result: 'refused' })
})

test('operators reset of an unknown address is wrong usage, and says how to find the accounts', async () => {
  const said = new UsageFault('This account does not exist. `postroom operators list` shows all accounts.')
  await expect(call('reset', 'nobody@contoso.example')).rejects.toThrow(said)
})

test('U-03 an operator whose address holds control characters, as in a forged backup, hides from no terminal', async () => {
  const email = '0@evil.example\u001b[2K\r\nada@contoso.example\u202e'
  const dates = { createdAt: new Date(), updatedAt: new Date() }
  const forged = { id: randomUUID(), name: '', email, role: 'admin', ...dates }
  await database.db.operator.create({ data: forged })
  const { out } = await call('list')
  expect(out[0]).toMatch(/^0@evil\.example\\u001b\[2K\\u000d\\u000aada@contoso\.example\\u202e {2}admin/)
  await database.db.operator.delete({ where: { id: forged.id } })
})
