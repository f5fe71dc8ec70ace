import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { waitingFor } from '../../tests/support/locks'
import { createWorld, newKey, saved, type World } from '../../tests/support/mail-server'
import { createVault } from '../crypto/vault'
import { CHAIN_LOCK } from '../db/locks'
import { systemClock } from '../kernel'
import { checkKeys } from '../operations/rotate-keys'
import { register } from './keys'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.end())

const servicesWith = (keys: World['keys']) => ({
  environment: { keys, clouds: [world.cloud] },
  clock: systemClock,
  db: world.database.db,
  vault: createVault(keys, systemClock),
})

async function run(command: string, keys: World['keys']): Promise<unknown[]> {
  const { err, out } = await runCommand(register, servicesWith(keys), ['keys', command])
  return [...err, ...out]
}

test('S-08 keys status and keys rotate say in full sentences what a key is for and what to do next', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  const both = [newKey('k2'), ...world.keys]
  expect(await run('rotate', world.keys)).toEqual([
    'Nothing to do: every secret is sealed with k1, the first key of the key file. To rotate, put a new key on the first line of the file, restart, and run this again.',
  ])
  expect(await run('status', world.keys)).toEqual(['k1: seals new secrets, 1 secret sealed with it, verified'])
  expect(await run('rotate', both)).toEqual([
    'done 1, left 0, failed 0',
    'Sealed with k2: 1 secret. Failed: 0.',
    '`postroom keys status` shows which old keys can be removed.',
  ])
  expect(await run('status', both)).toEqual([
    'k2: seals new secrets, 1 secret sealed with it, verified',
    'k1: opens older secrets, 0 secrets sealed with it, verified; its line can be removed from the key file',
  ])
})

test.each([
  [
    [],
    [
      'Sealed with k2: 0 secrets. Failed: 0.',
      'Sealed with another key: 1 secret. If a rotation with another first key ran at the same time, give every machine the same key file and restart Postroom there. Then run this again.',
    ],
  ],
  [['--json'], [{ done: 0, left: 0, failed: 0, elsewhere: 1 }]],
])(
  'S-08 keys rotate %j ends with 1 and says so if another rotation has sealed secrets with its own key',
  async (options, out) => {
    await saved(world.mailServer(), world.exchange(), 0)
    const both = [newKey('k2'), ...world.keys]
    await run('rotate', both)
    // Each rotation has sealed what it read once it waits to be recorded.
    const { first, second } = await world.database.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`
      const first = runCommand(register, servicesWith(both), ['keys', 'rotate', ...options])
      await expect.poll(() => waitingFor(tx)).toBe(1)
      const second = run('rotate', both.toReversed())
      await expect.poll(() => waitingFor(tx)).toBe(2)
      return { first, second }
    })
    expect(await second).toContain('Sealed with k1: 1 secret. Failed: 0.')
    expect(await first).toEqual({ code: 1, err: [], out })
  },
)

test.each([
  [1, '1 stored secret does'],
  [2, '2 stored secrets do'],
])(
  'S-08 keys rotate without the key of %i secrets changes nothing and says where to see which key is missing',
  async (count, secrets) => {
    for (let version = 0; version < count; version++)
      await saved(world.mailServer(), world.exchange({ clientSecret: `Secret~${version}-of.Contoso` }), version)
    const { code, err } = await runCommand(register, servicesWith([newKey('k2')]), ['keys', 'rotate'])
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        `Nothing was changed: ${secrets} not open. Put the missing key back: \`postroom keys status\` shows which keys are missing or wrong. If it shows none, POSTROOM_CLOUDS_FILE lacks the Microsoft cloud of a mail server.`,
      ],
    })
    expect((await run('status', [newKey('k2')])).join()).toContain('MISSING')
  },
)

test('S-10 keys status says of a wrong key what to do if it has sealed nothing yet', async () => {
  await checkKeys(servicesWith([newKey('k1')]))
  expect(await run('status', [newKey('k1')])).toEqual([
    'k1: seals new secrets, 0 secrets sealed with it, WRONG: the key file has another key under this id',
    'No secret is sealed with a key k1. If this is the key to use, give it a new ID in the key file and restart. Otherwise put the previous one back.',
  ])
})

test.each([
  ['sealed secrets', 1],
  ['an audit log alone', 0],
])('S-09 keys status without a key file names the missing key and fails, with %s', async (_, secrets) => {
  if (secrets > 0) await saved(world.mailServer(), world.exchange(), 0)
  else await checkKeys(servicesWith(world.keys))
  const { code, err, out } = await runCommand(register, servicesWith([]), ['keys', 'status'])
  expect({ code, err, out }).toEqual({
    code: 1,
    err: ['There is no key in the key file. Put back the file that had the keys.'],
    out: [
      expect.stringMatching(
        `^k1: opens older secrets, ${secrets} secrets? sealed with it, MISSING: not in the key file$`,
      ),
    ],
  })
})
