import { auditEntry } from '../../audit'
import { bindCurrent } from '../../db'
import { bind, type Caller } from '../../kernel'
import { listReminders, reopenReminders } from '../store/reminders'
import { createChannels } from './channels'
import { deliver, queueMail, updateWaitingMails } from './deliver'
import type { ReminderDeps } from './deps'
import { planNow, sendDue } from './send'

/** Reminders about the expiry of credentials and API keys, and the channels that they are sent to. */
export const createReminders = (deps: ReminderDeps) => ({
  ...bindCurrent(deps, { work, retryNow }),
  ...bind(deps.db, { list: listReminders }),
  channels: createChannels(deps),
})
export type Reminders = ReturnType<typeof createReminders>

/** For the worker: plans reminders, then sends what is due. */
async function work(deps: ReminderDeps): Promise<{ sent: number; failed: number }> {
  await planNow(deps)
  await updateWaitingMails(deps)
  return sendDue({
    ...deps,
    ...bind(deps, { send: deliver, queueMail }),
    credentials: () => deps.credentials.expiring(),
  })
}

/** Does the same for a person who has fixed a problem: reminders that wait for a retry, or that have failed, are sent now. */
async function retryNow(deps: ReminderDeps, caller: Caller): Promise<{ sent: number; failed: number }> {
  await reopenReminders(deps.db, (count) => auditEntry('reminder.retry', caller, null, { count }), deps.clock.now())
  await deps.wakeOutbox()
  return work(deps)
}
