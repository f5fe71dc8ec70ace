// One side of bench/outbox.ts or bench/submission.ts, in a separate process as in production: the process that accepts, the listener, or
// the worker. On a number, it accepts
// that many messages and replies how long that took. On `used`, it replies with its processor time since the previous such request.

import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createAuditLog } from '../lib/audit/store/log'
import type { Credentials } from '../lib/credentials'
import { createDb, createSharedClock } from '../lib/db'
import { fail, newId, ok, systemClock } from '../lib/kernel'
import { Redacted } from '../lib/kernel/redacted'
import { createSenderCache } from '../lib/mail-server/senders/cache'
import type { NewMessage } from '../lib/outbox/message'
import { compile, type PolicyRules } from '../lib/policy'
import { createOutbox } from '../lib/services/outbox'
import { composePolicy } from '../lib/services/policy'
import { createVendorClients } from '../lib/services/vendor-clients'
import { messageFactory } from '../lib/smtp/message'
import { createSubmissionService } from '../lib/submission'
import { NO_FIELDS } from '../lib/submission/client'
import { openListeners } from '../lib/submission/smtp'
import { LIMITS } from '../lib/submission/smtp/connection'
import { createTestAuthority } from '../tests/support/certificates'
import { testChainKeys } from '../tests/support/chain-keys'
import { type SideOrder, senderOf, serverId } from './outbox-world'
import { type Throughput, throughputOf } from './throughput'

const CLIENTS = 10
const BODY = `${'a'.repeat(76)}\r\n`.repeat(20)
const { url, port, job, blocked, queues } = JSON.parse(process.argv[2] ?? '{}') as SideOrder

const environment = {
  baseUrl: new URL('https://bench.contoso.example'),
  databaseUrl: new Redacted(url),
  clouds: [],
  allowNetworks: ['localhost'],
  allowPorts: [port, ...(blocked ? [blocked.port] : [])],
  federatedTokenFile: null,
  managedIdentity: null,
}
const server = { host: 'localhost', port, security: 'starttls', login: { kind: 'none' } } as const
const sender = { address: 'bench@contoso.example', name: 'Bench' }
const credentials: Pick<Credentials, 'login' | 'renew'> = {
  async login(_, mailServerId = '') {
    const there = {
      ...server,
      ...(blocked?.server === mailServerId && { port: blocked.port, security: 'none' as const }),
    }
    return ok({ mailServerId, sender, server: there, served: null, token: null })
  },
  renew: async () => fail({ kind: 'paused', reason: 'no-token' }),
}
const db = createDb(environment.databaseUrl, testChainKeys)
const log = { debug() {}, info() {}, warn: console.error, error: console.error }
const vendors = createVendorClients({ environment, clock: systemClock })
const unused = () => Promise.reject(new Error('Delivery knows its mail server'))
const audit = createAuditLog(db, systemClock)
const senders = createSenderCache({ environment, db })
const mailServers = { list: unused, defaultId: unused, of: () => ({}) as never }
/** More rules than the console saves: the messages of each sender go to a separate mail server. */
const rulesOf = (count: number): PolicyRules => ({
  otherwise: 'allow',
  rules: Array.from({ length: count }, (_, nth) => ({
    id: String(nth),
    name: String(nth),
    enabled: true,
    recipients: [],
    senders: [{ kind: 'address', address: senderOf(nth) }],
    outcome: { verdict: 'allow', sender: null, individual: false, server: serverId(nth) },
  })),
})
const policy = queues ? compile(rulesOf(queues)) : null
const rules = policy
  ? { current: async () => ({ policy, number: 0 }) }
  : composePolicy({ db, clock: systemClock, audit, mailServers, senders })
const outbox = createOutbox({
  environment,
  clock: createSharedClock(db),
  db,
  log,
  credentials,
  rules,
  senders,
  vendors,
})

async function aMessage(): Promise<NewMessage> {
  const mail = {
    to: ['someone@fabrikam.example'],
    subject: 'A message like many',
    text: BODY,
    html: `<!doctype html><p>${BODY}</p>`,
    messageId: `<${newId()}@contoso.example>`,
    date: new Date(),
  }
  const composed = await messageFactory.unsigned(mail)
  if (!composed.ok) throw new Error('not composed')
  // The result of a reminder updates one more row.
  const source = 'bench' as NewMessage['source']
  return {
    source,
    cause: null,
    originator: 'someone@contoso.example',
    recipients: mail.to,
    subject: mail.subject,
    messageId: mail.messageId,
    ...composed.value,
  }
}

async function acceptAll(messages: number): Promise<Throughput> {
  const latencies: number[] = []
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next++ < messages) {
        const message = await aMessage()
        const at = performance.now()
        const accepted = await outbox.accept(message)
        if (!accepted.ok) throw new Error(accepted.error)
        latencies.push(performance.now() - at)
      }
    }),
  )
  return throughputOf(latencies, performance.now() - began)
}

let since = process.cpuUsage()
function used(): { cpuMs: number } {
  const { user, system } = process.cpuUsage(since)
  since = process.cpuUsage()
  return { cpuMs: (user + system) / 1_000 }
}

process.on('message', async (order: number | 'used' | 'end') => {
  if (order === 'used') return void process.send?.(used())
  if (order !== 'end') return void process.send?.(await acceptAll(order))
  await delivery?.stop(1_000)
  await listeners?.close(1_000)
  process.exit(0)
})
// The bench was killed.
process.on('disconnect', () => process.exit(1))
const delivery = job === 'deliver' ? await outbox.deliver() : null
/** The listener of clients, with one client that may send as the sender of `aMessage`. */
async function listen() {
  const submission = createSubmissionService({
    db,
    clock: systemClock,
    log,
    outbox,
    audit: createAuditLog(db, systemClock),
  })
  const caller = { actor: { kind: 'system', name: 'bench' }, origin: { address: null, requestId: 'bench' } } as const
  const fields = { ...NO_FIELDS, kind: 'application', name: 'Bench', senders: 'bench@contoso.example' }
  const added = await submission.clients.add(caller, 'login', fields)
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  const identity = await (await createTestAuthority()).certify()
  const limits = { ...LIMITS, connectionsPerAddress: 200 }
  const spoolFolder = mkdtempSync(path.join(os.tmpdir(), 'postroom-bench-spool-'))
  const deps = { db, clock: systemClock, log, submission, name: 'bench.contoso.example', spoolFolder, limits }
  const opened = await openListeners(deps, { host: '127.0.0.1', ports: { tls: 0 } }, identity)
  return { opened, login: added.value.login, password: added.value.secret?.reveal() }
}

const listening = job === 'listen' ? await listen() : null
const listeners = listening?.opened ?? null
process.send?.({ port: listeners?.ports.tls, login: listening?.login, password: listening?.password })
