import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, DbDeps, Tx } from '../../db/client'
import { SERVERS_LOCK } from '../../db/locks'
import { wakeOthers } from '../../db/notify'
import { rollBack } from '../../db/one-step'
import { inUniqueStep } from '../../db/unique-step'
import type { Result } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import { serverPicked } from '../../policy/rules'
import { loadRules } from '../../policy/store'
import type { OneServer } from '../deps'
import { deliveryOf, NOT_PAUSED } from './pauses'
import { readServers, type ServerRow } from './rows'

/** Their names fit on one page; each one in use costs every page a few statements. */
export const MAIL_SERVERS_MAX = 20

/** Why a mail server cannot be removed. */
export type UsedBy =
  | { by: 'default' }
  | { by: 'rules'; names: string[] }
  /** It is the failover server of these. */
  | { by: 'servers'; names: string[] }
  | { by: 'mail'; count: number }

const WAITING = ['queued', 'sending', 'held']

/**
 * All mail servers: the default one first, then in the order in which they were added.
 *
 * @param rows if this request has read them already
 */
export async function listServers(db: Db, rows: Promise<readonly ServerRow[]> = readServers(db)) {
  return (await rows).map((row) => ({
    id: row.id,
    isDefault: row.isDefault,
    /** 0 if nothing is saved yet. */
    version: row.version,
    /** Null if nothing is saved, or if the stored value cannot be read. */
    settings: storedSettings(row.settings),
    /** Changes with every change of its senders or of their results. */
    sendersVersion: row.sendersVersion,
    /** Id of the failover server, which takes over while this one is paused for a fault that is certainly its own; null if it has none. */
    failoverId: row.failoverId,
    /** Id of the failover server while it has taken over; else null. */
    activeFailoverId: row.activeFailoverId,
    ...deliveryOf(row),
  }))
}
export type ListedServer = Awaited<ReturnType<typeof listServers>>[number]

/** Those that are used, or would be if another one failed: the default server, those that a rule picks, and their failover servers. */
export async function serversInUse(db: Db, rows: readonly ListedServer[]): Promise<ListedServer[]> {
  if (rows.every(({ isDefault }) => isDefault)) return [...rows]
  const rules = await newestRules(db)
  const picked = new Set(rules.flatMap(({ enabled, server }) => (enabled && server !== null ? [server] : [])))
  const used = rows.filter(({ id, isDefault }) => isDefault || picked.has(id))
  const failovers = new Set(used.map(({ failoverId }) => failoverId))
  return rows.filter((row) => used.includes(row) || failovers.has(row.id))
}

export const addServer = (
  deps: DbDeps,
  { id, name }: { id: string; name: string },
  audit: AuditEntry,
): Promise<Result<void, 'name-taken' | 'too-many'>> =>
  change(deps, audit, async (tx, refuse) => {
    if ((await tx.mailServer.count({ where: { removedAt: null } })) >= MAIL_SERVERS_MAX) refuse('too-many')
    await tx.mailServer.create({ data: { id, name, version: 0, settings: {} } })
  })

/** `name`: another person has chosen it in between. */
export type RenameError = 'name-taken' | 'gone' | { name: string }

export const renameServer = (
  deps: DbDeps,
  { id, from, name }: { id: string; from: string; name: string },
  audit: AuditEntry,
): Promise<Result<void, RenameError>> =>
  change(deps, audit, async (tx, refuse) => {
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { name: true } })
    if (!row) return refuse('gone')
    if (row.name !== from) refuse(row)
    await tx.mailServer.update({ where: { id }, data: { name } })
  })

export const setDefaultServer = (
  deps: DbDeps,
  id: string,
  audit: AuditEntry,
): Promise<Result<void, 'gone' | 'nothing-saved'>> =>
  change(deps, audit, async (tx, refuse) => {
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { version: true } })
    if (!row) return refuse('gone')
    if (row.version === 0) refuse('nothing-saved')
    await tx.mailServer.updateMany({ where: { isDefault: true }, data: { isDefault: false } })
    await tx.mailServer.update({ where: { id }, data: { isDefault: true } })
  })

/** @param failoverId null if it is to have none */
export const setFailoverServer = (
  deps: DbDeps,
  { id, failoverId }: { id: string; failoverId: string | null },
  audit: AuditEntry,
): Promise<Result<void, 'gone' | 'nothing-saved'>> =>
  change(deps, audit, async (tx, refuse) => {
    const where = { id: failoverId ?? id, removedAt: null }
    const failover = await tx.mailServer.findUnique({ where, select: { version: true } })
    if (!failover) return refuse('gone')
    if (failoverId !== null && failover.version === 0) refuse('nothing-saved')
    const { count } = await tx.mailServer.updateMany({
      where: { id, removedAt: null },
      data: { failoverId, retryNowCount: { increment: 1 } },
    })
    if (count !== 1) refuse('gone')
    await wakeOthers(tx)
  })

/** Its row stays, and its id is never used again. */
export const isRemoved = async ({ id, db }: OneServer): Promise<boolean> =>
  (await db.mailServer.count({ where: { id, NOT: { removedAt: null } } })) > 0

/** Removes a mail server that nothing uses, and its secrets. */
export const removeServer = (deps: DbDeps, id: string, audit: AuditEntry): Promise<Result<void, 'gone' | UsedBy>> =>
  change(deps, audit, async (tx, refuse) => {
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { isDefault: true } })
    if (!row) return refuse('gone')
    if (row.isDefault) refuse({ by: 'default' })
    const rules = (await newestRules(tx)).filter(({ server }) => server === id)
    if (rules.length > 0) refuse({ by: 'rules', names: rules.map(({ name }) => name) })
    const servers = await tx.mailServer.findMany({ where: { failoverId: id, removedAt: null }, select: { name: true } })
    if (servers.length > 0) refuse({ by: 'servers', names: servers.map(({ name }) => name) })
    const isHere = { OR: [{ mailServerId: id }, { movedFromId: id }] }
    const count = await tx.message.count({
      where: { OR: [isHere, { otherQueues: { some: isHere } }], state: { in: WAITING } },
    })
    if (count > 0) refuse({ by: 'mail', count })
    await markRemoved(tx, id, deps.clock.now())
  })

/** One change of the list and its audit entry, in one transaction. A lock makes such changes follow one another. */
const change = <Fault>(
  { db, clock }: DbDeps,
  audit: AuditEntry,
  act: (tx: Tx, refuse: (fault: Fault) => never) => Promise<void>,
): Promise<Result<void, Fault>> =>
  inUniqueStep(db, 'name-taken' as Fault, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
    await act(tx, rollBack)
    await appendAudit(tx, audit, clock.now())
  })

/** The saved rules, on or off. Empty if they cannot be read: then no message of a person is sent at all. */
async function newestRules(db: Db | Tx): Promise<{ name: string; enabled: boolean; server: string | null }[]> {
  const rules = (await loadRules(db))?.rules?.rules ?? []
  return rules.map(({ name, enabled, outcome }) => ({ name, enabled, server: serverPicked(outcome) }))
}

/** The row stays, because messages and tests refer to it. Its secrets are deleted, and everything under way for them ends. */
async function markRemoved(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.mailServer.update({
    where: { id },
    data: { removedAt: now, credentialId: null, failoverId: null, ...NOT_PAUSED },
  })
  await tx.credential.updateMany({
    where: { mailServerId: id, removedAt: null },
    data: { slot: 'previous', sealed: null, kid: null, replacedAt: now, removedAt: now, fallbackUntil: null },
  })
  await tx.rotation.updateMany({
    where: { mailServerId: id, endedAt: null },
    data: { step: 'given-up', endedAt: now, updatedAt: now, nextAttemptAt: null },
  })
  await tx.propagationRetry.updateMany({
    where: { mailServerId: id, endedAt: null },
    data: { endedAt: now, outcome: 'replaced' },
  })
}
