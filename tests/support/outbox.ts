import { setTimeout as pause } from 'node:timers/promises'
import { createAuditLog } from '../../lib/audit'
import { createDatabaseClock } from '../../lib/db'
import type { AccessToken } from '../../lib/entra/contracts'
import { type Clock, fail, type Logger, newId, ok, systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { createSenderCache } from '../../lib/mail-server/senders/cache'
import type { NewMessage } from '../../lib/outbox/message'
import { createOutbox, type Outbox, type OutboxOverrides, type OutboxServices } from '../../lib/services/outbox'
import { composePolicy } from '../../lib/services/policy'
import { messageFactory } from '../../lib/smtp/message'
import { type CrashPoint, crashingStore, crashingTransport } from './crashing-outbox'
import type { TestDatabase } from './database'
import { quiet, worldAt } from './world'

/** For tests only. */
export const SERVER_ID = '00000000-0000-4000-8000-000000000001'
export const SENDER = 'noreply@contoso.example'

export interface OutboxWorld {
  database: Pick<TestDatabase, 'db' | 'url'>
  /** Port of a mail server on this machine. */
  port: number
  /** Returns the next token, for a mail server that requires one. */
  token?: () => string | null
  exchange?: boolean
  /** More mail servers by id, with the settings that differ. */
  otherServers?: Readonly<Record<string, { port: number; settings?: object }>>
  ca?: string
  log?: Logger
  /** The clock of the machine. */
  clock?: Clock
}

const SMTP = { type: 'smtp', senderAddress: SENDER, senderName: 'Contoso', host: 'localhost', security: 'none' }
const EXCHANGE = {
  type: 'exchange-online-oauth2',
  senderAddress: SENDER,
  senderName: 'Contoso',
  cloud: 'lab',
  tenantId: newId(),
  clientId: newId(),
  allowIndividualSenders: false,
}

/** The outbox as composed in production, with a real database and a mail server on this machine. Only the credentials are a stub. */
export async function outboxAt(
  world: OutboxWorld,
  { crash, ...overrides }: OutboxOverrides & { crash?: CrashPoint } = {},
) {
  const { database, port, token, exchange = false, otherServers = {}, ca, log = quiet, clock } = world
  const settings = exchange ? EXCHANGE : { ...SMTP, port, username: null, allowIndividualSenders: false }
  const row = { name: 'Mail server', isDefault: true, version: 1, settings }
  await database.db.mailServer.upsert({ where: { id: SERVER_ID }, create: { id: SERVER_ID, ...row }, update: row })
  for (const [id, other] of Object.entries(otherServers)) {
    const own = { ...SMTP, port: other.port, username: null, allowIndividualSenders: false, ...other.settings }
    const create = { id, name: id, isDefault: false, version: 1, settings: own }
    await database.db.mailServer.upsert({ where: { id }, create, update: {} })
  }
  const ports = [port, ...Object.values(otherServers).map((other) => other.port)]
  const common = worldAt({ db: database.db, url: database.url, ports, log, ...(ca && { ca: [ca] }) })
  const { transport } = common.vendors
  const services: OutboxServices = {
    ...common,
    vendors: { transport: crash ? crashingTransport(transport, crash) : transport },
    clock: createDatabaseClock(database.db, clock),
    credentials: credentialsOf((id) => otherServers[id ?? '']?.port ?? port, token),
    rules: rulesOf(database),
    senders: sendersOf(database),
  }
  return createOutbox(services, {
    leaseMs: 4_000,
    ...overrides,
    ...(crash && { createStore: crashingStore(crash) }),
  })
}

/** Delivery only reads the current rules, so nothing else is available. */
function rulesOf({ db }: Pick<TestDatabase, 'db'>): OutboxServices['rules'] {
  const unused = () => Promise.reject(new Error('Delivery knows its mail server'))
  const mailServers = { list: unused, defaultId: unused, of: () => ({}) as never }
  const audit = createAuditLog(db, systemClock)
  return composePolicy({ db, clock: systemClock, audit, mailServers, senders: sendersOf({ db }) })
}

const sendersOf = ({ db }: Pick<TestDatabase, 'db'>) => createSenderCache({ environment: { clouds: [] }, db })

function credentialsOf(portOf: (id?: string) => number, token: OutboxWorld['token']): OutboxServices['credentials'] {
  const sender = { address: SENDER, name: 'Contoso' }
  const held = (text: string): AccessToken => ({
    bearer: new Redacted(text),
    requestedMs: performance.now(),
    expiresAt: new Date(Date.now() + 3_600_000),
    peerDate: null,
  })
  const login = (text: string | null, id?: string) => {
    const port = portOf(id)
    const plain = { host: 'localhost', port, security: 'none', login: { kind: 'none' } } as const
    const own = { mailServerId: id ?? SERVER_ID, sender, served: null }
    if (text === null) return { ...own, server: plain, token: null }
    const server = { host: 'localhost', port, security: 'starttls' as const }
    const by = { kind: 'xoauth2' as const, mailbox: SENDER, token: new Redacted(text) }
    return { ...own, server: { ...server, login: by }, token: held(text) }
  }
  return {
    login: async (_, id) => ok(login(token ? token() : null, id)),
    renew: async () => {
      const next = token?.() ?? null
      return next === null ? fail({ kind: 'paused', reason: 'no-token' }) : ok(login(next))
    },
  }
}

/** How long the program that accepts messages waits before it tries again. */
const COME_AGAIN_MS = 100

/** Accepts this many messages, ten at a time. While the database is unreachable nothing is acknowledged, and another message is tried later. */
export async function acceptAll(
  outbox: Pick<Outbox, 'accept'>,
  messages: number,
  acknowledged: (messageId: string) => void,
): Promise<void> {
  let next = 0
  const client = async (): Promise<void> => {
    while (next++ < messages) {
      const message = await aMessage(`number ${next}`)
      const accepted = await outbox.accept(message).catch(() => null)
      if (accepted === null) await pause(COME_AGAIN_MS)
      else if (accepted.ok) acknowledged(message.messageId)
    }
  }
  await Promise.all(Array.from({ length: 10 }, client))
}

export async function aMessage(subject: string, recipients = ['anna@fabrikam.example']): Promise<NewMessage> {
  const messageId = `<${newId()}@contoso.example>`
  const text = `This is ${subject}\r\n`
  const mail = { to: recipients, subject, text, html: `<p>${text}</p>`, messageId, date: new Date() }
  const composed = await messageFactory.unsigned(mail)
  if (!composed.ok) throw new Error('not composed')
  return { source: 'reminder', cause: null, originator: null, recipients, subject, messageId, ...composed.value }
}
