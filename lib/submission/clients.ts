import { hintOf, newApiKey, newPassword, secretHashOf } from '../access/client-secrets'
import { type AuditEntry, auditEntry } from '../audit/entry'
import type { DbDeps } from '../db/client'
import { actorName, bind, type Caller, type Clock, calendarDays, DAY_MS, fail, newId, ok, type Result } from '../kernel'
import type { Redacted } from '../kernel/redacted'
import {
  type Client,
  type ClientErrors,
  type ClientFields,
  type ClientSettings,
  type ClientWay,
  lastMomentOf,
  parseChange,
  parseClient,
} from './client'
import { clientNames, insertClient, listClients, markClient, readClient, updateClient } from './store/clients'

/** The clients that may submit mail: what pages and commands do with them. Each change and its audit entry are one transaction. */
export const createClients = (deps: DbDeps) => ({
  ...bind(deps, { add, change, disable, enable, resetSecret, remove }),
  ...bind(deps.db, { list: listClients, read: readClient, names: clientNames }),
})

/** A new client, with its secret, which is shown once and cannot be read again. */
export interface Added {
  id: string
  /** User name of way `login`. */
  login: string | null
  /** Password or API key; null for a network. */
  secret: Redacted | null
}

async function add(
  { db, clock }: DbDeps,
  caller: Caller,
  way: ClientWay,
  fields: ClientFields,
): Promise<Result<Added, ClientErrors>> {
  const now = clock.now()
  const parsed = parseClient(fields, way, now)
  if (!parsed.ok) return parsed
  const id = newId()
  const login = way === 'login' ? loginFor(parsed.value.name, id) : null
  const secret = newSecret(way)
  const identity = { login, secretHash: secret && secretHashOf(secret.reveal()), hint: hintFor(way, secret) }
  const client = { ...parsed.value, ...identity, id, way, createdBy: actorName(caller.actor) }
  const audit = entryOf('client.add', caller, id, { ...recorded(parsed.value), way })
  const isAdded = await insertClient(db, client, now, audit)
  return isAdded ? ok({ id, login, secret }) : fail({ name: { key: 'client.nameTaken' } })
}

const newSecret = (way: ClientWay) => (way === 'network' ? null : way === 'login' ? newPassword() : newApiKey())

const hintFor = (way: ClientWay, secret: Redacted | null) => (way === 'api-key' && secret ? hintOf(secret) : null)

/** A user name that says whose it is and that no other client has: devices accept ASCII letters, digits and hyphens. */
function loginFor(name: string, id: string): string {
  const readable = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24)
  return `${readable || 'client'}-${id.slice(0, 4)}`
}

/** `stale`: another person changed the client since the form was opened. `missing`: it was removed. */
export type ChangeFault = { kind: 'errors'; errors: ClientErrors } | { kind: 'stale' } | { kind: 'missing' }

async function change(
  { db, clock }: DbDeps,
  caller: Caller,
  { id, version }: { id: string; version: number },
  fields: ClientFields,
): Promise<Result<{ changed: string[] }, ChangeFault>> {
  const before = await readClient(db, id)
  if (!before) return fail({ kind: 'missing' })
  const now = clock.now()
  const parsed = parseChange(before, fields, now)
  const changed = parsed.ok ? changedIn(before, parsed.value) : []
  if (parsed.ok && changed.length === 0) return ok({ changed })
  // Before the errors: one may be in a value that another person has replaced.
  if (before.version !== version) return fail({ kind: 'stale' })
  if (!parsed.ok) return fail({ kind: 'errors', errors: parsed.error })
  const settings = parsed.value
  const audit = entryOf('client.change', caller, id, { name: settings.name, changed: changed.join(', ') })
  const outcome = await updateClient(db, { id, version }, settings, {
    at: now,
    by: actorName(caller.actor),
    audit,
    isExpiryChanged: changed.includes('expiresAt'),
  })
  if (outcome === 'stale') return fail({ kind: 'stale' })
  if (outcome === 'name-taken') return fail({ kind: 'errors', errors: { name: { key: 'client.nameTaken' } } })
  return ok({ changed })
}

const changedIn = (before: Client, settings: ClientSettings) =>
  (Object.keys(settings) as (keyof ClientSettings)[]).filter(
    (key) => JSON.stringify(settings[key]) !== JSON.stringify(before[key]),
  )

/** From the next command on it is refused. @returns false if it is not there, or is disabled already */
const disable = ({ db, clock }: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  markClient(db, id, { disabledAt: clock.now() }, byNow(caller, clock), entryOf('client.disable', caller, id))

/** @returns false if it is not there, or is not disabled */
const enable = ({ db, clock }: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  markClient(db, id, { disabledAt: null }, byNow(caller, clock), entryOf('client.enable', caller, id))

/**
 * A new password or key; the old one is refused from now on. A key that expires is valid as long as the old one was.
 *
 * @returns null if the client is not there or has no secret
 */
async function resetSecret({ db, clock }: DbDeps, caller: Caller, id: string): Promise<Added | null> {
  const client = await readClient(db, id)
  const secret = client && newSecret(client.way)
  if (!client || !secret) return null
  const now = clock.now()
  const expiresAt = renewedUntil(client, now)
  const mark = {
    secretHash: secretHashOf(secret.reveal()),
    hint: hintFor(client.way, secret),
    secretAt: now,
    expiresAt,
  }
  const details: AuditEntry['details'] = expiresAt ? { expiresAt: expiresAt.toISOString() } : {}
  const audit = entryOf('client.reset-secret', caller, id, details)
  const isDone = await markClient(db, id, mark, byNow(caller, clock), audit)
  return isDone ? { id, login: client.login, secret } : null
}

/** As many days from today as from the day of the old key. */
function renewedUntil({ expiresAt, secretAt, createdAt }: Client, now: Date): Date | null {
  if (expiresAt === null) return null
  const days = calendarDays(secretAt ?? createdAt, expiresAt)
  return lastMomentOf(new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10))
}

const byNow = ({ actor }: Caller, clock: Clock) => ({ at: clock.now(), by: actorName(actor) })

/** Its messages and sessions stay. @returns false if it is not there */
const remove = ({ db, clock }: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  markClient(db, id, { removedAt: clock.now() }, byNow(caller, clock), entryOf('client.remove', caller, id))

const entryOf = (
  action: Extract<AuditEntry['action'], `client.${string}`>,
  caller: Caller,
  id: string,
  details: AuditEntry['details'] = {},
): AuditEntry => auditEntry(action, caller, `client:${id}`, details)

const recorded = ({ name, owner, senders, networks }: ClientSettings): AuditEntry['details'] => ({
  name,
  owner,
  senders: senders.join(', '),
  networks: networks.join(', '),
})
