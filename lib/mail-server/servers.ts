import { type AuditAction, type AuditEntry, type AuditLog, appendAudit, auditEntry, refuse } from '../audit'
import { type DbDeps, inUniqueStep, rollBack, type Tx } from '../db'
import { defaultMailServerId } from '../db/default-mail-server'
import { SERVERS_LOCK } from '../db/locks'
import { wakeOthers } from '../db/notify'
import type { LocalisedCaller } from '../i18n/locale'
import { bind, fail, newId, ok, type Result } from '../kernel'
import { parseServerName } from '../validation/text'
import type { ValidationError } from '../validation/validation-error'
import type { MailServerService } from './index'
import { readServers } from './store/rows'
import { listServers, MAIL_SERVERS_MAX, markRemoved, newestRules, serversInUse, waitingAt } from './store/servers'

interface MailServersDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  /** The operations on one mail server. An id that does not exist gives an empty one. */
  of(id: string): MailServerService
}

type NameFault = { kind: 'name'; validationError: ValidationError }
type Gone = { kind: 'gone' }
type NothingSaved = { kind: 'nothing-saved' }

export const createMailServers = (deps: MailServersDeps) => ({
  of: deps.of,
  ...bind(deps.db, { rows: readServers, list: listServers, inUse: serversInUse, defaultId: defaultMailServerId }),
  ...bind(deps, { default: defaultServer, add, rename, makeDefault, setFailover, remove }),
})
export type MailServers = ReturnType<typeof createMailServers>

/** The default mail server at this moment. An administrator may choose another one at any time, so it must not be remembered. */
const defaultServer = async ({ db, of }: MailServersDeps) => of(await defaultMailServerId(db))

async function add(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  typedName: unknown,
): Promise<Result<{ id: string }, NameFault | { kind: 'too-many'; max: number }>> {
  const parsed = parseName(typedName)
  if (!parsed.ok) return parsed
  const [id, name] = [newId(), parsed.value]
  const entry = entryOf('mail-server.add', caller, id, { name })
  const act: Act<NameFault | { kind: 'too-many'; max: number }> = async (tx, refused) => {
    const count = await tx.mailServer.count({ where: { removedAt: null } })
    if (count >= MAIL_SERVERS_MAX) refused({ kind: 'too-many', max: MAIL_SERVERS_MAX })
    await tx.mailServer.create({ data: { id, name, version: 0, settings: {} } })
  }
  const added = await change(deps, entry, act, auditEntry('mail-server.add', caller, null))
  return added.ok ? ok({ id }) : added
}

/** @param input.from the name that the caller saw. With another one, or without it, nothing is changed. */
async function rename(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  { id, from, name: typedName }: { id: string; from: string | undefined; name: unknown },
): Promise<Result<void, NameFault | Gone>> {
  const parsed = parseName(typedName)
  if (!parsed.ok) return parsed
  const name = parsed.value
  return change(deps, entryOf('mail-server.rename', caller, id, { name }), async (tx, refused) => {
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { name: true } })
    if (!row) return refused({ kind: 'gone' })
    if (row.name === name) return 'unchanged'
    // Another person has chosen it in between.
    if (row.name !== from) refused({ kind: 'name', validationError: { key: 'server.renamed', params: row } })
    await tx.mailServer.update({ where: { id }, data: { name } })
  })
}

/**
 * All messages that no rule sends elsewhere use it from now on, including those that are waiting.
 *
 * @param isRepeated It was made the default before: if it no longer is, another person has changed that.
 */
const makeDefault = (
  deps: MailServersDeps,
  caller: LocalisedCaller,
  id: string,
  isRepeated = false,
): Promise<Result<void, Gone | NothingSaved | { kind: 'default-changed' }>> =>
  change(deps, entryOf('mail-server.make-default', caller, id), async (tx, refused) => {
    const select = { version: true, isDefault: true }
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select })
    if (!row) return refused({ kind: 'gone' })
    if (row.isDefault) return 'unchanged'
    if (isRepeated) refused({ kind: 'default-changed' })
    if (row.version === 0) refused({ kind: 'nothing-saved' })
    await tx.mailServer.updateMany({ where: { isDefault: true }, data: { isDefault: false } })
    await tx.mailServer.update({ where: { id }, data: { isDefault: true } })
  })

/**
 * Chooses the failover server; null for none. Two mail servers may be each other's.
 *
 * @param input.from the failover server that the caller saw. With another one, or without it, nothing is changed.
 */
const setFailover = (
  deps: MailServersDeps,
  caller: LocalisedCaller,
  { id, from, failoverId }: { id: string; from: string | null | undefined; failoverId: string | null },
): Promise<Result<void, Gone | NothingSaved | { kind: 'itself' | 'failover-changed' }>> =>
  change(deps, entryOf('mail-server.backup', caller, id, { backup: failoverId }), async (tx, refused) => {
    if (id === failoverId) refused({ kind: 'itself' })
    const where = { id: failoverId ?? id, removedAt: null }
    const failover = await tx.mailServer.findUnique({ where, select: { version: true } })
    if (!failover) return refused({ kind: 'gone' })
    if (failoverId !== null && failover.version === 0) refused({ kind: 'nothing-saved' })
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { failoverId: true } })
    if (!row) return refused({ kind: 'gone' })
    if (row.failoverId === failoverId) return 'unchanged'
    if (row.failoverId !== from) refused({ kind: 'failover-changed' })
    await tx.mailServer.update({ where: { id }, data: { failoverId, retryNowCount: { increment: 1 } } })
    await wakeOthers(tx)
  })

/** Why a mail server cannot be removed. */
type Used =
  | { kind: 'used'; by: 'default' }
  | { kind: 'used'; by: 'rules'; names: string[] }
  /** It is the failover server of these. */
  | { kind: 'used'; by: 'servers'; names: string[] }
  | { kind: 'used'; by: 'mail'; count: number }

/** Removes a mail server that nothing uses, and its secrets. */
const remove = (deps: MailServersDeps, caller: LocalisedCaller, id: string): Promise<Result<void, Used>> =>
  change(deps, entryOf('mail-server.remove', caller, id), async (tx, refused) => {
    const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { isDefault: true } })
    if (!row) return 'unchanged'
    if (row.isDefault) refused({ kind: 'used', by: 'default' })
    const rules = (await newestRules(tx)).filter(({ server }) => server === id)
    if (rules.length > 0) refused({ kind: 'used', by: 'rules', names: rules.map(({ name }) => name) })
    const servers = await tx.mailServer.findMany({ where: { failoverId: id, removedAt: null }, select: { name: true } })
    if (servers.length > 0) refused({ kind: 'used', by: 'servers', names: servers.map(({ name }) => name) })
    const count = await waitingAt(tx, id)
    if (count > 0) refused({ kind: 'used', by: 'mail', count })
    await markRemoved(tx, id, deps.clock.now())
  })

type Act<Fault> = (tx: Tx, refused: (fault: Fault) => never) => Promise<'unchanged' | undefined>

/** One change of the list and its audit entry, in one transaction. A lock makes such changes follow one another. */
async function change<Fault extends { kind: string }>(
  deps: MailServersDeps,
  entry: AuditEntry,
  act: Act<Fault>,
  refusal: AuditEntry = { ...entry, details: {} },
): Promise<Result<void, Fault>> {
  const changed = await inUniqueStep(deps.db, NAME_TAKEN as NameFault & Fault, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
    if ((await act(tx, rollBack)) !== 'unchanged') await appendAudit(tx, entry, deps.clock.now())
  })
  return changed.ok ? changed : refuse(deps, refusal, changed.error)
}

const NAME_TAKEN: NameFault = { kind: 'name', validationError: { key: 'server.taken' } }

function parseName(typedName: unknown): Result<string, NameFault> {
  const name = parseServerName(typedName)
  return name.ok ? name : fail({ kind: 'name', validationError: name.error })
}

const entryOf = (action: AuditAction, caller: LocalisedCaller, id: string, details = {}) =>
  auditEntry(action, caller, `mail-server:${id}`, details)

export type { ListedServer } from './store/servers'
