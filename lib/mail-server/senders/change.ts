import { type AuditAction, type AuditEntry, auditEntry } from '../../audit/entry'
import { refuse } from '../../audit/store/log'
import type { LocalisedCaller } from '../../i18n/locale'
import { actorName } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import type { SenderWay } from '../../policy/sender'
import type { SendersDeps } from './deps'
import { changeWay, deleteSender } from './store'
import { one } from './view'

/**
 * Changes the mailbox that logs in for this sender. Its verification no longer applies then.
 *
 * @param input.from the way that the page showed
 */
export async function setWay(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, address: typed, from, to }: { server: string; address: string; from: SenderWay; to: SenderWay },
): Promise<Result<void, { kind: 'gone' } | { kind: 'changed' }>> {
  const known = await one(deps, server, typed)
  if (!known) return fail({ kind: 'gone' })
  if (from === to) return ok(undefined)
  const { address } = known.sender
  const entry = senderEntry('sender.change-way', caller, server, [address], { from, to })
  const written = await changeWay(deps, server, { address, from, to, by: actorName(caller.actor) }, entry)
  if (written.ok) return written
  return written.error === 'gone' ? fail({ kind: 'gone' }) : refuse(deps, entry, { kind: written.error })
}

/** Messages of this person are sent as the fixed sender from now on. */
export async function remove(
  deps: SendersDeps,
  caller: LocalisedCaller,
  { server, address: typed }: { server: string; address: string },
): Promise<Result<void, { kind: 'gone' }>> {
  const address = typed.toLowerCase()
  const entry = senderEntry('sender.remove', caller, server, [address])
  return (await deleteSender(deps, server, address, entry)) ? ok(undefined) : fail({ kind: 'gone' })
}

export function senderEntry(
  action: AuditAction,
  caller: LocalisedCaller,
  server: string,
  addresses: readonly string[],
  details: AuditEntry['details'] = {},
): AuditEntry {
  const subject = addresses.length === 1 ? `sender:${addresses[0]}` : `mail-server:${server}`
  return auditEntry(action, caller, subject, { server, count: addresses.length, ...details })
}
