import { expect, test } from 'vitest'
import { ok, systemClock } from '../../kernel'
import type { ClaimedMessage } from '../message'
import { attemptMessage } from './attempt'
import { QueueConnection } from './connection'
import type { DeliveryDeps } from './deps'
import { Openings } from './places'

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
const away = (): Promise<never> => Promise.reject(AWAY)

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
  const { result, scope, diagnosis, errors } = await attempted(parts)
  expect({ scope, diagnosis, errors }).toEqual({ scope: 'message', diagnosis: null, errors: [] })
  expect(result).toMatchObject({ state: 'queued', isCounted: false, attempts: [], recipients: [], lastCode: null })
  expect(result.dueAt?.getTime()).toBeLessThanOrEqual(Date.now())
})

const SENDER = { address: 'scanner@contoso.example', digest: 'd', isVerified: false }
const accepted = { ok: true, value: { reply: '250 OK', serverMessageId: null, refused: [] } }
const mayNotSend = { kind: 'smtp', code: 550, enhanced: '5.7.60', reply: '550 5.7.60 no permission', login: 'none' }

test.each([
  [
    'delivered although the result for its sender cannot be stored',
    { group: { sender: SENDER }, reply: accepted, parts: { senders: { note: away } } },
    { state: 'delivered', attempts: [expect.anything()] },
  ],
  [
    'refused by the server’s own answer although the time of the last change cannot be read',
    { reply: { ok: false, error: { stage: 'sender', fault: mayNotSend } }, parts: { store: { changedAt: away } } },
    { isCounted: true, lastCode: 'send-as-denied', attempts: [expect.anything()] },
  ],
  [
    'not attempted again at once although the refusal of its verified sender cannot be stored',
    {
      group: { sender: { ...SENDER, isVerified: true } },
      reply: { ok: false, error: { stage: 'sender', fault: mayNotSend } },
      parts: { senders: { note: away }, store: { changedAt: async (): Promise<null> => null } },
    },
    { state: 'failed', dueAt: null, lastCode: 'send-as-denied' },
  ],
])('R-03 a message is %s, and the log says so', async (_, { reply, parts, ...more }, expected) => {
  const connection = { ended: false, send: async () => reply, end() {} }
  const server = { host: 'localhost', port: 25, security: 'none', login: { kind: 'none' } }
  const { result, errors } = await attempted({
    chooseSenders: async () => ok([{ ...GROUP, ...('group' in more && more.group) }]),
    factory: { sign: async () => ({ bytes: Buffer.from('x') }) },
    credentials: { login: async () => ok({ server, token: null }) },
    transport: { connect: async () => ok(connection) },
    ...parts,
  })
  expect(result).toMatchObject(expected)
  expect(errors).toHaveLength(1)
})

/** An attempt in which these parts of a worker behave so. */
async function attempted(parts: object) {
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
  const outcome = await attemptMessage(deps, connection, MESSAGE, {
    cut: new AbortController().signal,
    mayAttemptGroup: async () => true,
  })
  return { ...outcome, errors }
}
