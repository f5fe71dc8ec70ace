import { type AuditAction, type AuditEntry, auditEntry } from '../../../audit/entry'
import type { Caller } from '../../../kernel/actor'
import { fail, type Result } from '../../../kernel/result'
import type { ReminderDeps } from '../deps'

type ChannelAction = Extract<AuditAction, `channel.${string}`>

export const channelEntry = (
  action: ChannelAction,
  caller: Caller,
  id: string,
  details: AuditEntry['details'] = {},
  result?: AuditEntry['result'],
): AuditEntry => auditEntry(action, caller, `channel:${id}`, details, result)

/** Refuses a change and leaves an audit entry about it (docs/decisions/0007). */
export async function refuse<Reason extends string>(
  { audit }: Pick<ReminderDeps, 'audit'>,
  action: ChannelAction,
  caller: Caller,
  id: string,
  reason: Reason,
): Promise<Result<never, Reason>> {
  await audit.record(channelEntry(action, caller, id, { why: reason }, 'refused'))
  return fail(reason)
}
