import { type AuditAction, appendAudit, auditEntry } from '../audit'
import type { Caller } from '../kernel'
import { RETRY_FOR_MS } from './accept'
import { changeMessages, isForDelivery, type MessageChange } from './store/change'
import type { MessageFilter } from './store/list'
import type { OutboxDeps } from './store/store'

/** Messages that one call changes. A caller with more calls again. */
export const CHANGED_AT_ONCE_MAX = 10_000

export type Chosen = { ids: readonly string[] } | { filter: MessageFilter }

/** Every change returns how many messages it changed. A message that is being sent, or has ended otherwise, stays as it is. */
export const hold = changeTo('hold', 'message.hold')

export const release = changeTo('release', 'message.release')

/** The texts of the messages are removed. */
export const cancel = changeTo('cancel', 'message.cancel')

/** Sends messages again to the recipients that did not get them. One whose text was removed, as of every cancelled one, cannot be sent. */
export const resend = changeTo('resend', 'message.resend')

/** A person has dealt with these failures, so they no longer count. The messages stay in the list. */
export const dismiss = changeTo('dismiss', 'message.dismiss')

/** Attempts waiting messages at once, before everything else in their queues. A pause by a person still holds. */
export const retryNow = changeTo('retry-now', 'message.try-now')

function changeTo(to: MessageChange['to'], action: AuditAction) {
  return async ({ db, store, clock }: OutboxDeps, caller: Caller, chosen: Chosen): Promise<number> => {
    await clock.sync() // What is queued again must be due now for the workers of other machines too.
    const expiresAt = new Date(clock.now().getTime() + RETRY_FOR_MS)
    const by = caller.actor.kind === 'system' ? 'by-client' : 'by-person' // An API key acts as a system caller.
    const rows = CHANGED_AT_ONCE_MAX
    const which = 'ids' in chosen ? { ids: chosen.ids.slice(0, rows) } : { ...chosen, rows }
    const subject = 'ids' in chosen && chosen.ids.length === 1 ? `message:${chosen.ids[0]}` : null
    const conditions = 'ids' in chosen ? {} : recorded(chosen.filter)
    const count = await db.$transaction(async (tx) => {
      const changed = await changeMessages(tx, { to, which, by, expiresAt }, clock.now())
      const details = { count: changed, ...conditions }
      if (changed > 0) await appendAudit(tx, auditEntry(action, caller, subject, details), clock.now())
      return changed
    })
    if (count > 0 && isForDelivery(to)) await store.wake()
    return count
  }
}

/** The conditions by which messages were chosen, for the audit entry. */
function recorded({ states, since, from, until, terms, ...same }: MessageFilter): Record<string, string> {
  const times = { since: since?.toISOString(), from: from?.toISOString(), until: until?.toISOString() }
  const all = { state: states?.join(' '), ...times, text: terms?.join(' '), ...same }
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
