import type { AuditEntry } from '../audit/entry'
import type { LocalisedCaller } from '../i18n/locale'
import { newId } from '../kernel/ids'
import type { MailServerSettings } from '../kernel/mail-server-settings'
import { fail, ok, type Result } from '../kernel/result'
import { parseProfileName } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { MailServerService } from './index'

/** So many are told apart by their names and fit a page; each that is in use costs every page a few queries. */
export const MAIL_SERVERS_MAX = 20

export interface ListedServer {
  id: string
  name: string
  isDefault: boolean
  /** 0: nothing is saved yet. */
  version: number
  /** Null: nothing is saved, or it cannot be read (F-54). */
  settings: MailServerSettings | null
  /** Id of the one that takes its mail over while it is paused for a fault of its own; null: none, its mail waits. */
  failoverId: string | null
  /** That one, while it has taken over; null: mail leaves by this one, or waits. */
  activeFailoverId: string | null
}

/** What keeps a mail server from being removed. */
export type UsedBy =
  | { by: 'default' }
  | { by: 'rules'; names: string[] }
  /** It is their backup. */
  | { by: 'servers'; names: string[] }
  | { by: 'mail'; count: number }

export type NameFault = { kind: 'name'; validationError: ValidationError }
type Gone = { kind: 'gone' }
export type AddFault = NameFault | { kind: 'too-many'; max: number }
export type RenameFault = NameFault | Gone
export type MakeDefaultFault = Gone | { kind: 'nothing-saved' }
/** `itself`: nobody is his own backup. */
export type FailoverFault = Gone | { kind: 'nothing-saved' } | { kind: 'itself' }
export type RemoveFault = Gone | ({ kind: 'used' } & UsedBy)

/** Each step and its audit row are one transaction; what is told as a value changed nothing. */
export interface MailServersStore {
  /** Those that are there, the default one first, then as they were added. */
  list(): Promise<ListedServer[]>
  defaultId(): Promise<string>
  /** Ids of those that mail leaves by as things stand, or would if their mail server failed; the default one first. */
  inUse(): Promise<string[]>
  add(server: { id: string; name: string }, audit: AuditEntry): Promise<Result<void, 'name-taken' | 'too-many'>>
  rename(id: string, name: string, audit: AuditEntry): Promise<Result<void, 'name-taken' | 'gone'>>
  makeDefault(id: string, audit: AuditEntry): Promise<Result<void, 'gone' | 'nothing-saved'>>
  /** Null: it has none any more. */
  setFailover(id: string, failoverId: string | null, audit: AuditEntry): Promise<Result<void, 'gone' | 'nothing-saved'>>
  /** Its secrets are gone then. */
  remove(id: string, audit: AuditEntry): Promise<Result<void, 'gone' | UsedBy>>
}

/** The mail servers of this console, and what is done with the list of them. */
export interface MailServers {
  list(): Promise<ListedServer[]>
  /** What is done with one of them, whether or not it is there: an unknown one is empty. */
  of(id: string): MailServerService
  defaultId(): Promise<string>
  inUse(): Promise<string[]>
  add(caller: LocalisedCaller, name: unknown): Promise<Result<{ id: string }, AddFault>>
  rename(caller: LocalisedCaller, input: { id: string; name: unknown }): Promise<Result<void, RenameFault>>
  /** Mail that no rule sends elsewhere leaves by it from now on, also what waits. */
  makeDefault(caller: LocalisedCaller, id: string): Promise<Result<void, MakeDefaultFault>>
  /** Which one takes its mail over while it is paused for a fault of its own; null: none. Those may be each other's. */
  setFailover(
    caller: LocalisedCaller,
    choice: { id: string; failoverId: string | null },
  ): Promise<Result<void, FailoverFault>>
  remove(caller: LocalisedCaller, id: string): Promise<Result<void, RemoveFault>>
}

export function createMailServers({
  store,
  of,
  audit,
}: {
  store: MailServersStore
  of(id: string): MailServerService
  audit: { record(entry: AuditEntry): Promise<void> }
}): MailServers {
  const refused = async <F extends { kind: string }>(
    action: AuditEntry['action'],
    caller: LocalisedCaller,
    id: string | null,
    fault: F,
  ): Promise<{ ok: false; error: F }> => {
    await audit.record({ ...entryOf(action, caller, id, { reason: fault.kind }), result: 'refused' })
    return fail(fault)
  }
  const nameFault = (validationError: ValidationError): NameFault => ({ kind: 'name', validationError })

  return {
    list: () => store.list(),
    of,
    defaultId: () => store.defaultId(),
    inUse: () => store.inUse(),

    async add(caller, typed) {
      const name = parseName(typed)
      if (!name.ok) return fail(nameFault(name.error))
      const id = newId()
      const details = { name: name.value }
      const added = await store.add({ id, name: name.value }, entryOf('mail-server.add', caller, id, details))
      if (added.ok) return ok({ id })
      return refused(
        'mail-server.add',
        caller,
        null,
        added.error === 'too-many' ? { kind: 'too-many', max: MAIL_SERVERS_MAX } : nameFault({ key: 'server.taken' }),
      )
    },

    async rename(caller, { id, name: typed }) {
      const name = parseName(typed)
      if (!name.ok) return fail(nameFault(name.error))
      const details = { name: name.value }
      const renamed = await store.rename(id, name.value, entryOf('mail-server.rename', caller, id, details))
      if (renamed.ok) return renamed
      const fault = renamed.error === 'gone' ? ({ kind: 'gone' } as const) : nameFault({ key: 'server.taken' })
      return refused('mail-server.rename', caller, id, fault)
    },

    async makeDefault(caller, id) {
      const made = await store.makeDefault(id, entryOf('mail-server.make-default', caller, id, {}))
      return made.ok ? made : refused('mail-server.make-default', caller, id, { kind: made.error })
    },

    async setFailover(caller, { id, failoverId }) {
      if (id === failoverId) return refused('mail-server.backup', caller, id, { kind: 'itself' as const })
      const set = await store.setFailover(
        id,
        failoverId,
        entryOf('mail-server.backup', caller, id, { backup: failoverId }),
      )
      return set.ok ? set : refused('mail-server.backup', caller, id, { kind: set.error })
    },

    async remove(caller, id) {
      const removed = await store.remove(id, entryOf('mail-server.remove', caller, id, {}))
      if (removed.ok) return removed
      const fault = removed.error === 'gone' ? ({ kind: 'gone' } as const) : { kind: 'used' as const, ...removed.error }
      return refused('mail-server.remove', caller, id, fault)
    },
  }
}

function parseName(typed: unknown): Parsed<string> {
  const name = parseProfileName(typed)
  return !name.ok && name.error.key === 'name.required' ? invalid('server.name') : name
}

const entryOf = (
  action: AuditEntry['action'],
  { actor, origin }: LocalisedCaller,
  id: string | null,
  details: AuditEntry['details'],
): AuditEntry => ({ action, actor, origin, result: 'done', subject: id && `mail-server:${id}`, details })
