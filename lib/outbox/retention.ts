import type { AuditEntry } from '../audit/entry'
import { actorName } from '../kernel/actor'
import { fail, type Result } from '../kernel/result'
import type { OutboxCaller } from './entry'
import type { OutboxStore } from './ports'

/** Ten years; nothing is kept without an end. */
export const MESSAGE_DAYS_MAX = 3650

/** How long things are kept after a message ended. The text of a delivered or cancelled one goes at once. */
export interface Retention {
  /** The message with its recipients and attempts. */
  messageDays: number
  /** The text of a failed one, without which it cannot be sent again. */
  failedBodyDays: number
}

/** As it is stored; a save names the version it was made on. */
export interface StoredRetention extends Retention {
  version: number
  updatedBy: string | null
  updatedAt: Date | null
}

/** `invalid`: no whole number of days, or a text that is to outlive its message. */
export type RetentionFault = 'invalid' | 'changed-meanwhile'

export const isRetention = ({ messageDays, failedBodyDays }: Retention): boolean =>
  Number.isInteger(messageDays) &&
  Number.isInteger(failedBodyDays) &&
  messageDays >= 1 &&
  messageDays <= MESSAGE_DAYS_MAX &&
  failedBodyDays >= 0 &&
  failedBodyDays <= messageDays

export async function saveRetention(
  store: Pick<OutboxStore, 'retention' | 'saveRetention'>,
  { actor, origin }: OutboxCaller,
  { messageDays, failedBodyDays, version }: Retention & { version: number },
): Promise<Result<{ version: number }, RetentionFault>> {
  const wanted = { messageDays, failedBodyDays }
  if (!isRetention(wanted)) return fail('invalid')
  const before = await store.retention()
  const audit: AuditEntry = {
    action: 'retention.change',
    actor,
    origin,
    result: 'done',
    subject: 'retention:messages',
    details: {
      ...wanted,
      messageDaysBefore: before.messageDays,
      failedBodyDaysBefore: before.failedBodyDays,
    },
  }
  return store.saveRetention(wanted, { after: version, by: actorName(actor), audit })
}
