import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { createAuditLog } from '../audit'
import { systemClock } from '../kernel'
import { createClients } from '../submission/clients'
import { register } from './clients'
import { UsageFault } from './usage-fault'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

function call(...args: string[]) {
  const { db } = database
  const clients = createClients({ db, clock: systemClock, audit: createAuditLog(db, systemClock) })
  return runCommand(register, { submission: { clients } }, args)
}

test('a network of one address is removed by the name or the address that it was added with', async () => {
  const sender = ['--sender', 'labels@contoso.example']
  for (const which of ['192.0.2.7', 'LABELS', '192.0.2.7/32']) {
    expect(await call('networks', 'add', '192.0.2.7', '--name', 'Labels', ...sender)).toMatchObject({ code: 0 })
    expect(await call('networks', 'remove', which)).toMatchObject({ code: 0, err: ['Done.'] })
  }
  await expect(call('networks', 'remove', '192.0.2.8')).rejects.toThrow(
    'there is no network “192.0.2.8”; `postroom networks list` shows all of them',
  )
})

test('a client that signs in is not named by a network that it may be used from', async () => {
  const options = ['--name', 'Scanner', '--sender', 'scanner@contoso.example', '--network', '192.0.2.0/24']
  expect(await call('clients', 'add', ...options)).toMatchObject({ code: 0 })
  await expect(call('clients', 'remove', '192.0.2.0/24')).rejects.toThrow('there is no client “192.0.2.0/24”')
  expect(await call('clients', 'remove', 'scanner')).toMatchObject({ code: 0, err: ['Done.'] })
})

test('a scope that an API key cannot have is wrong usage, as another unknown choice, and names the scopes that it can have', async () => {
  const options = ['--name', 'Billing', '--sender', 'billing@contoso.example', '--scope', 'send,delete']
  const fault = '--scope: not one of the choices, which are send, read. Separate several by commas.'
  await expect(call('api-keys', 'add', ...options)).rejects.toThrow(new UsageFault(fault))
})

test('a new password says that it is shown only now', async () => {
  await call('clients', 'add', '--name', 'Plotter', '--sender', 'plotter@contoso.example')
  const { err } = await call('clients', 'reset-password', 'plotter')
  expect(err).toEqual(['The password is shown only now.'])
})

test.each([
  ['networks', ['192.0.2.0/33'], 'cidr'],
  ['clients', ['--network', '192.0.2.0/33'], '--network'],
])(
  'what is wrong with a network of %s is said under the name that its help text has',
  async (group, network, label) => {
    const options = ['--name', 'Labels', '--sender', 'labels@contoso.example']
    const { code, err } = await call(group, 'add', ...network, ...options)
    expect([code, err]).toEqual([1, [expect.stringMatching(new RegExp(`^${label}: `))]])
  },
)

test('the list of API keys says when each one expires', async () => {
  const options = ['--name', 'Billing', '--sender', 'billing@contoso.example']
  await call('api-keys', 'add', ...options, '--expires', '2099-05-01')
  await call('api-keys', 'add', '--name', 'Payroll', '--sender', 'payroll@contoso.example')
  const { out } = await call('api-keys', 'list')
  expect(out).toEqual([
    expect.stringMatching(/^Billing .* last seen never {2}expires 2099-05-01T23:59:59\.999Z$/),
    expect.stringMatching(/^Payroll .* last seen never$/),
  ])
})
