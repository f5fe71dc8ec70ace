import type { AuditEntry } from '../audit/entry'
import type { Caller } from '../kernel/actor'

import { actorName } from '../kernel/actor'
import { fail, type Result } from '../kernel/result'
import type { OutboxStore } from './ports'
import { isRetention, type Retention } from './retention'

/** `invalid`: no whole number of days, or a text that is to outlive its message. */
export type RetentionFault = 'invalid' | 'changed-meanwhile'

export async function saveRetention(
  store: Pick<OutboxStore, 'retention' | 'saveRetention'>,
  { actor, origin }: Caller,
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
