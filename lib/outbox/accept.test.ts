import { expect, test } from 'vitest'
import { checked } from '../../tests/support/wire-safe'
import { createAcceptance, RETRY_FOR_MS } from './accept'
import { BOUNDS, type Bounds } from './capacity'
import type { AcceptedMessage, NewMessage } from './message'
import type { Waiting, WaitingOfClient } from './store/waiting'

const message = (text = 'Subject: x\r\n\r\nhello\r\n', recipients = ['anna@fabrikam.example']): NewMessage => ({
  source: 'reminder',
  cause: null,
  originator: null,
  recipients,
  subject: 'x',
  messageId: '<1@contoso.example>',
  bytes: checked(text),
  needsUtf8: false,
})

const of = (clientId: string): NewMessage => ({
  ...message(),
  submission: { clientId, returnPath: null, originalLines: null },
})

const DATABASE_TIME = new Date('2026-11-27T12:00:00Z')

function acceptance(bounds: Partial<Bounds>, waiting: Waiting = { messages: 0, bytes: 0 }) {
  const commits: (readonly AcceptedMessage[])[] = []
  const answers: { look(): Promise<WaitingOfClient[]> } = { look: async () => [{ clientId: null, ...waiting }] }
  let atMs = 0
  const { accept, prepare } = createAcceptance({
    store: {
      async insert(messages) {
        commits.push(messages)
        await new Promise(setImmediate)
      },
      waiting: () => answers.look(),
      wake: async () => {},
    },
    chooseQueues: async () => [{ mailServerId: 'm', mailbox: '' }],
    clock: { monotonicMs: () => atMs, current: async () => DATABASE_TIME },
    bounds: { ...BOUNDS, ...bounds },
  })
  return { accept, prepare, commits, waiting, answers, pass: (ms: number) => (atMs += ms) }
}

test('R-08 accepts and writes nothing above the bounds', async () => {
  const { accept, commits, waiting, pass } = acceptance({ messages: 3 })
  for (let at = 0; at < 3; at++) expect((await accept(message())).ok).toBe(true)
  expect(await accept(message())).toEqual({ ok: false, error: 'full' })
  expect(commits.flat()).toHaveLength(3)
  waiting.messages = 1
  expect((await accept(message())).ok).toBe(false)
  pass(5_000)
  expect((await accept(message())).ok).toBe(true)
})

test('R-08 does not wait for the next count while there is capacity, and adds what was accepted during a count to its result', async () => {
  const { accept, answers, pass } = acceptance({ messages: 5 })
  expect((await accept(message())).ok).toBe(true)
  let tell: (waiting: WaitingOfClient[]) => void = () => {}
  answers.look = () => new Promise((resolve) => (tell = resolve))
  pass(5_000)
  expect((await accept(message())).ok).toBe(true)
  tell([{ clientId: null, messages: 3, bytes: 0 }])
  await new Promise(setImmediate)
  expect((await accept(message())).ok).toBe(true)
  expect(await accept(message())).toEqual({ ok: false, error: 'full' })
})

test('R-08 a client gets no more of the outbox than is left for all, so that others and the console can still send', async () => {
  const { accept, answers, pass } = acceptance({ messages: 6 })
  const shareUsed = { ok: false, error: 'share-used' }
  for (let at = 0; at < 3; at++) expect((await accept(of('a'))).ok).toBe(true)
  expect(await accept(of('a'))).toEqual(shareUsed)
  expect((await accept(of('b'))).ok).toBe(true)
  expect((await accept(message())).ok).toBe(true)
  expect(await accept(of('b'))).toEqual(shareUsed)
  expect((await accept(of('c'))).ok).toBe(true)
  expect(await accept(of('d'))).toEqual({ ok: false, error: 'full' })
  // Counted again, with what other processes have accepted.
  answers.look = async () => [{ clientId: 'b', messages: 2, bytes: 0 }]
  pass(5_000)
  expect((await accept(of('b'))).ok).toBe(true)
  expect(await accept(of('b'))).toEqual(shareUsed)
  const byBytes = acceptance({ bytes: 100 })
  expect((await byBytes.accept(of('a'))).ok).toBe(true)
  expect((await byBytes.accept(of('a'))).ok).toBe(true)
  expect(await byBytes.accept(of('a'))).toEqual(shareUsed)
})

test('R-08 passes the error of a failed count to the callers that need it, and counts again', async () => {
  const { accept, answers, waiting } = acceptance({})
  answers.look = () => Promise.reject(new Error('away'))
  await expect(accept(message())).rejects.toThrow('away')
  answers.look = async () => [{ clientId: null, ...waiting }]
  expect((await accept(message())).ok).toBe(true)
})

test('R-08 M-04 bounds the bytes of all messages, and the size and recipients of one message', async () => {
  const full = acceptance({ bytes: 100 }, { messages: 1, bytes: 90 })
  expect(await full.accept(message())).toEqual({ ok: false, error: 'full' })
  const large = acceptance({ messageBytes: 10 })
  expect(await large.accept(message())).toEqual({ ok: false, error: 'too-large' })
  const many = acceptance({ recipients: 2 })
  const to = ['a@x.example', 'b@x.example', 'c@x.example']
  expect(await many.accept(message(undefined, to))).toEqual({ ok: false, error: 'too-many-recipients' })
})

test('R-01 messages that are accepted at the same time share a commit, and each is acknowledged after it', async () => {
  const { accept, commits } = acceptance({})
  const accepted = await Promise.all(Array.from({ length: 50 }, () => accept(message())))
  const ids = accepted.map((result) => result.ok && result.value.id)
  expect(new Set(ids).size).toBe(50)
  expect(commits.length).toBeLessThan(5)
  expect(commits.flat().map(({ id }) => id)).toEqual(ids)
  expect(ids).toEqual([...ids].sort((a, b) => (String(a).slice(0, 13) < String(b).slice(0, 13) ? -1 : 0)))
})

test('R-15 a message is accepted at the time of the database, whatever the clock of this machine says', async () => {
  const { accept, commits } = acceptance({})
  await accept(message())
  expect(commits.flat()).toMatchObject([
    { acceptedAt: DATABASE_TIME, expiresAt: new Date(DATABASE_TIME.getTime() + RETRY_FOR_MS) },
  ])
})
