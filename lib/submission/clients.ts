import { hintOf, newApiKey, newPassword, secretHashOf } from '../access/client-secrets'
import { type AuditEntry, type AuditLog, appendAudit, auditEntry, audited, refuse } from '../audit'
import { type DbDeps, inUniqueStep, type Keep, rollBack, type Tx } from '../db'
import {
  actorName,
  bind,
  type Caller,
  calendarDays,
  DAY_MS,
  fail,
  newId,
  ok,
  type Redacted,
  type Result,
} from '../kernel'
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
import { clientNow, clientsNow } from './store/client-states'
import {
  clientNames,
  clientsSeenAt,
  existing,
  idOfLogin,
  keepKeyOwners,
  knownClients,
  listClients,
  namesToChoose,
  readClient,
} from './store/clients'

export interface ClientsDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
}

/** The clients that may submit mail: what pages and commands do with them. Each change and its audit entry are one transaction. */
export const createClients = (deps: ClientsDeps) => ({
  ...bind(deps, { add, change, disable, enable, resetSecret, remove, listNow: clientsNow, now: clientNow }),
  ...bind(deps.db, { list: listClients, read: readClient, idOfLogin, names: clientNames, namesToChoose }),
  ...bind(deps.db, { known: knownClients, seenAt: clientsSeenAt }),
})

/** A new client, with its secret, which is shown once and cannot be read again. */
export interface Added {
  id: string
  /** User name of way `login`. */
  login: string | null
  /** Password or API key; null for a network. */
  secret: Redacted | null
}

const NAME_TAKEN: ClientErrors = { name: { key: 'client.nameTaken' } }

async function add(
  { db, clock }: DbDeps,
  caller: Caller,
  way: ClientWay,
  fields: ClientFields,
  keep?: Keep<Added>,
): Promise<Result<Added, ClientErrors>> {
  const createdAt = clock.now()
  const parsed = parseClient(fields, way, createdAt)
  if (!parsed.ok) return parsed
  const id = newId()
  const login = way === 'login' ? loginFor(parsed.value.name, id) : null
  const secret = newSecret(way)
  const secretHash = secret && secretHashOf(secret.reveal())
  const identity = { id, way, login, secretHash, hint: hintFor(way, secret), secretAt: secret && createdAt }
  const createdBy = actorName(caller.actor)
  return inUniqueStep(db, NAME_TAKEN, async (tx) => {
    await tx.client.create({ data: { ...parsed.value, ...identity, createdBy, createdAt } })
    await keepKeyOwners(tx, createdBy, createdAt)
    await keep?.(tx, { id, login, secret })
    await appendAudit(tx, entryOf('client.add', caller, id, { ...recorded(parsed.value), way }), createdAt)
    return { id, login, secret }
  })
}

function newSecret(way: ClientWay): Redacted | null {
  if (way === 'network') return null
  return way === 'login' ? newPassword() : newApiKey()
}

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

/** `changed`: the client was changed since the form was opened. `missing`: it was removed. */
export type ChangeFault = { kind: 'errors'; errors: ClientErrors } | { kind: 'changed' } | { kind: 'missing' }

async function change(
  { db, clock, audit }: ClientsDeps,
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
  const refused = () => refuse({ audit }, entryOf('client.change', caller, id), CHANGED)
  if (before.version !== version) return refused()
  if (!parsed.ok) return fail({ kind: 'errors', errors: parsed.error })
  const settings = parsed.value
  const entry = entryOf('client.change', caller, id, { name: settings.name, changed: changed.join(', ') })
  const saved = await inUniqueStep<{ changed: string[] }, ChangeFault>(
    db,
    { kind: 'errors', errors: NAME_TAKEN },
    async (tx) => {
      const { count } = await tx.client.updateMany({
        where: { ...existing(id), version },
        data: { ...settings, ...NEXT, ...(changed.includes('expiresAt') && NEXT_EXPIRY) },
      })
      if (count === 0) {
        const stored = await readClient(tx, id)
        return stored && changedIn(stored, settings).length === 0 ? { changed: [] } : rollBack(CHANGED)
      }
      if (changed.includes('expiresAt')) await forget(tx, id, 'key-expired')
      await keepKeyOwners(tx, actorName(caller.actor), now)
      await appendAudit(tx, entry, now)
      return { changed }
    },
  )
  return !saved.ok && saved.error.kind === 'changed' ? refused() : saved
}

const CHANGED = { kind: 'changed' } as const

/** Each change makes another version. */
const NEXT = { version: { increment: 1 } } as const
/** Another expiry date, or another key: reminders start again. */
const NEXT_EXPIRY = { expiryVersion: { increment: 1 } } as const

const changedIn = (before: Client, settings: ClientSettings) =>
  (Object.keys(settings) as (keyof ClientSettings)[]).filter(
    (key) => JSON.stringify(settings[key]) !== JSON.stringify(before[key]),
  )

/** From the next command on it is refused. @returns false if it is not there, or is disabled already */
const disable = (deps: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, entryOf('client.disable', caller, id), (tx, disabledAt) =>
    tx.client.updateMany({ where: { ...existing(id), disabledAt: null }, data: { ...NEXT, disabledAt } }),
  )

/** After what this rejection asked for, the client no longer counts as rejected for it. */
const forget = (tx: Tx, id: string, lastError: 'client-disabled' | 'key-expired') =>
  tx.client.updateMany({ where: { ...existing(id), lastError }, data: { lastError: null, lastErrorAt: null } })

/** @returns false if it is not there, or is not disabled */
const enable = (deps: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, entryOf('client.enable', caller, id), async (tx) => {
    await forget(tx, id, 'client-disabled')
    return await tx.client.updateMany({
      where: { ...existing(id), disabledAt: { not: null } },
      data: { ...NEXT, disabledAt: null },
    })
  })

/**
 * A new password or key; the old one is refused from now on. A key that expires is valid as long as the old one was.
 *
 * @param options.secretAt when the old one was made, as the person saw it: one that was made since stays
 * @returns null if the client is not there, or has no such secret
 */
async function resetSecret(
  deps: DbDeps,
  caller: Caller,
  id: string,
  { secretAt: before, keep }: { secretAt?: Date | null; keep?: Keep<Added> } = {},
): Promise<Added | null> {
  const client = await readClient(deps.db, id)
  const secret = client && newSecret(client.way)
  if (!client || !secret) return null
  const expiresAt = renewedUntil(client, deps.clock.now())
  const renewed = { secretHash: secretHashOf(secret.reveal()), hint: hintFor(client.way, secret), expiresAt }
  const details: AuditEntry['details'] = expiresAt ? { expiresAt: expiresAt.toISOString() } : {}
  const audit = entryOf('client.reset-secret', caller, id, details)
  const reset = { id, login: client.login, secret }
  const isDone = await audited(deps, audit, async (tx, secretAt) => {
    const data = { ...renewed, ...NEXT, ...NEXT_EXPIRY, secretAt }
    const done = await tx.client.updateMany({
      where: { ...existing(id), ...(before !== undefined && { secretAt: before }) },
      data,
    })
    if (done.count === 0) return done
    await forget(tx, id, 'key-expired')
    await keep?.(tx, reset)
    return done
  })
  return isDone ? reset : null
}

/** As many days from today as from the day of the old key. */
function renewedUntil({ expiresAt, secretAt, createdAt }: Client, now: Date): Date | null {
  if (expiresAt === null) return null
  const days = calendarDays(secretAt ?? createdAt, expiresAt)
  return lastMomentOf(new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10))
}

/** Its messages and sessions stay. @returns false if it is not there */
const remove = (deps: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, entryOf('client.remove', caller, id), async (tx, removedAt) => {
    // Its secret is not usable any more, and its user name is free again.
    const data = { ...NEXT, removedAt, login: null, secretHash: null }
    const removed = await tx.client.updateMany({ where: existing(id), data })
    if (removed.count === 1) await keepKeyOwners(tx, actorName(caller.actor), removedAt)
    return removed
  })

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
