import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { createWorld, SECRET, saved, type World } from '../../tests/support/mail-server'
import { sharedClock } from '../../tests/support/world'
import { createCredentials } from '../credentials'
import type { CredentialsDeps } from '../credentials/deps'
import { newId, systemClock } from '../kernel'
import { register } from './credentials'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.end())

async function run(...args: string[]) {
  // The list needs the database, the clouds and the clock only.
  const deps = { db: world.database.db, clouds: [world.cloud], clock: sharedClock(systemClock) }
  const credentials = createCredentials(deps as unknown as CredentialsDeps)
  const { out, err } = await runCommand(register, { credentials }, ['credentials', ...args])
  return { document: out[0], lines: out, err }
}

test('credentials list has exactly the members that others script against, and never a secret', async () => {
  expect((await run('list', '--json')).document).toEqual([])
  expect(await run('list')).toMatchObject({ lines: [], err: ['No credentials yet.'] })
  await saved(world.mailServer(), world.exchange({ clientSecret: 'previous-canary-Secret.0123456789' }), 0)
  await saved(world.mailServer(), world.exchange(), 1)
  const key = {
    id: newId(),
    way: 'api-key',
    kind: 'application',
    name: 'Billing',
    scopes: ['send'],
    secretHash: 'canary hash',
  }
  const expiresAt = new Date('2099-12-31T23:59:59.999Z')
  await world.database.db.client.create({
    data: { ...key, senders: ['billing@contoso.example'], expiresAt, createdBy: 'x', createdAt: new Date() },
  })
  const { document } = await run('list', '--json')
  expect(document).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      mailServer: 'Exchange Online',
      client: null,
      slot: 'current',
      kind: 'client-secret',
      keyId: null,
      hint: null,
      startsAt: null,
      expiresAt: '2099-12-31T00:00:00.000Z',
      expirySource: 'typed',
      daysLeft: expect.any(Number),
      state: 'healthy',
    },
    expect.objectContaining({ slot: 'previous', state: 'healthy' }),
    expect.objectContaining({ mailServer: null, client: 'Billing', kind: 'api-key', expirySource: 'typed' }),
  ])
  const { lines } = await run('list')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toMatch(/^Billing: current api-key, healthy, expires 2099-12-31/)
  expect(lines[0]).toMatch(/^Exchange Online: current client-secret, healthy, expires 2099-12-31/)
  expect(JSON.stringify([document, lines])).not.toContain('canary')
  expect(JSON.stringify([document, lines])).not.toContain(SECRET)
})
