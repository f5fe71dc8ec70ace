import { type AuditAction, auditEntry } from '../audit/entry'
import { type AuditLog, refuse } from '../audit/store/log'
import type { DbDeps } from '../db/client'
import { defaultMailServerId } from '../db/default-mail-server'
import type { LocalisedCaller } from '../i18n/locale'
import { bind, fail, newId, ok, type Result } from '../kernel'
import { parseProfileName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { MailServerService } from './index'
import { readServers } from './store/rows'
import {
  addServer,
  listServers,
  MAIL_SERVERS_MAX,
  type RenameError,
  removeServer,
  renameServer,
  serversInUse,
  setDefaultServer,
  setFailoverServer,
  type UsedBy,
} from './store/servers'

interface MailServersDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  /** The operations on one mail server. An id that does not exist gives an empty one. */
  of(id: string): MailServerService
}

type NameFault = { kind: 'name'; validationError: ValidationError }
type Gone = { kind: 'gone' }

/** All mail servers of this console, and each of them by its id. */
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
  const name = parseName(typedName)
  if (!name.ok) return fail({ kind: 'name', validationError: name.error })
  const server = { id: newId(), name: name.value }
  const added = await addServer(deps, server, entryOf('mail-server.add', caller, server.id, { name: server.name }))
  if (added.ok) return ok({ id: server.id })
  const fault = added.error === 'too-many' ? ({ kind: 'too-many', max: MAIL_SERVERS_MAX } as const) : NAME_TAKEN
  return refuse(deps, auditEntry('mail-server.add', caller, null), fault)
}

/** @param input.from the name that the caller saw. Without it nothing is changed. */
async function rename(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  { id, from, name: typedName }: { id: string; from: string; name: unknown },
): Promise<Result<void, NameFault | Gone>> {
  const name = parseName(typedName)
  if (!name.ok) return fail({ kind: 'name', validationError: name.error })
  const server = { id, from, name: name.value }
  const renamed = await renameServer(deps, server, entryOf('mail-server.rename', caller, id, { name: server.name }))
  if (renamed.ok) return renamed
  return refuse(deps, entryOf('mail-server.rename', caller, id), renameFault(renamed.error))
}

/** All messages that no rule sends elsewhere use it from now on, including those that are waiting. */
async function makeDefault(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  id: string,
): Promise<Result<void, Gone | { kind: 'nothing-saved' }>> {
  const written = await setDefaultServer(deps, id, entryOf('mail-server.make-default', caller, id))
  return written.ok ? written : refuse(deps, entryOf('mail-server.make-default', caller, id), { kind: written.error })
}

/** Chooses the failover server; null for none. Two mail servers may be each other's. */
async function setFailover(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  choice: { id: string; failoverId: string | null },
): Promise<Result<void, Gone | { kind: 'nothing-saved' } | { kind: 'itself' }>> {
  const { id, failoverId } = choice
  if (id === failoverId) return refuse(deps, entryOf('mail-server.backup', caller, id), { kind: 'itself' })
  const written = await setFailoverServer(
    deps,
    choice,
    entryOf('mail-server.backup', caller, id, { backup: failoverId }),
  )
  return written.ok ? written : refuse(deps, entryOf('mail-server.backup', caller, id), { kind: written.error })
}

async function remove(
  deps: MailServersDeps,
  caller: LocalisedCaller,
  id: string,
): Promise<Result<void, Gone | ({ kind: 'used' } & UsedBy)>> {
  const removed = await removeServer(deps, id, entryOf('mail-server.remove', caller, id))
  if (removed.ok) return removed
  const fault = removed.error === 'gone' ? ({ kind: 'gone' } as const) : ({ kind: 'used', ...removed.error } as const)
  return refuse(deps, entryOf('mail-server.remove', caller, id), fault)
}

function renameFault(error: RenameError): NameFault | Gone {
  if (error === 'gone') return { kind: 'gone' }
  return error === 'name-taken'
    ? NAME_TAKEN
    : { kind: 'name', validationError: { key: 'server.renamed', params: error } }
}

const NAME_TAKEN: NameFault = { kind: 'name', validationError: { key: 'server.taken' } }

function parseName(typedName: unknown): Parsed<string> {
  const name = parseProfileName(typedName)
  return !name.ok && name.error.key === 'name.required' ? invalid('server.name') : name
}

const entryOf = (action: AuditAction, caller: LocalisedCaller, id: string, details = {}) =>
  auditEntry(action, caller, `mail-server:${id}`, details)

export type { ListedServer } from './store/servers'
