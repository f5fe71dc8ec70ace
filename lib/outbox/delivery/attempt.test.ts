import { expect, test } from 'vitest'
import { ok, systemClock } from '../../kernel'
import type { ClaimedMessage } from '../message'
import { attemptMessage } from './attempt'
import { type DeliveryDeps, QueueConnection } from './connection'
import { Openings } from './opening'

const QUEUE = { mailServerId: 'here', mailbox: '' }
const MESSAGE = {
  ...QUEUE,
  id: 'message',
  fence: 3,
  source: 'smtp',
  originator: 'scanner@contoso.example',
  originalLines: null,
  needsUtf8: false,
  sizeBytes: 1,
  bytes: Buffer.from('x'),
  attemptCount: 0,
  mayBeDuplicate: false,
  version: 1,
  rules: 0,
  retryNowCount: 0,
  movedFromId: null,
  failoverRejected: false,
  finalStates: [],
  otherQueues: [],
  expiresAt: new Date(Date.now() + 3_600_000),
  recipients: [{ position: 0, address: 'anna@fabrikam.example' }],
} satisfies ClaimedMessage
const GROUP = {
  kind: 'allowed',
  queue: QUEUE,
  recipients: ['anna@fabrikam.example'],
  trace: {},
  sender: null,
  identity: { from: { address: 'scanner@contoso.example' } },
  envelopeFrom: 'scanner@contoso.example',
}
const AWAY = new Error('Connection terminated unexpectedly')
const away = () => Promise.reject(AWAY)

test.each([
  ['the sender is chosen', { chooseSenders: away }],
  [
    'the login is read',
    {
      chooseSenders: async () => ok([GROUP]),
      factory: { sign: async () => ({ bytes: Buffer.from('x') }) },
      credentials: { login: away },
    },
  ],
])('a database that is away while %s costs a message no attempt and no pause', async (_, parts) => {
  const errors: unknown[] = []
  const deps = {
    clock: systemClock,
    random: () => 0.5,
    deadlines: { toDotMs: 1_000, afterDotMs: 1_000 },
    openings: new Openings(),
    log: { error: (...said: unknown[]) => errors.push(said) },
    ...parts,
  } as unknown as DeliveryDeps
  const connection = new QueueConnection(deps, { ...QUEUE } as ConstructorParameters<typeof QueueConnection>[1])
  const { result, scope, diagnosis } = await attemptMessage(deps, connection, MESSAGE, {
    cut: new AbortController().signal,
    mayAttemptGroup: async () => true,
  })
  expect({ scope, diagnosis, errors }).toEqual({ scope: 'message', diagnosis: null, errors: [] })
  expect(result).toMatchObject({ state: 'queued', counts: false, attempts: [], recipients: [], lastCode: null })
  expect(result.dueAt?.getTime()).toBeLessThanOrEqual(Date.now())
})
