import { auditEntry } from '../audit'
import { bindCurrent } from '../db'
import { bind, type Caller } from '../kernel'
import { sendUnstored } from './at-once'
import { createChannels } from './channels'
import type { NotificationDeps } from './deps'
import { sendDue, updateWaitingMails } from './send'
import { nextAttempts, reopenNotifications } from './store/notifications'

/** The channels, and what is sent to them: reminders, alerts and weekly reports. */
export const createNotifications = (deps: NotificationDeps) => ({
  ...bindCurrent(deps, { work, retryNow }),
  ...bind(deps, { sendUnstored }),
  ...bind(deps.db, { nextAttempts }),
  channels: createChannels(deps),
})
export type Notifications = ReturnType<typeof createNotifications>

async function work(deps: NotificationDeps): Promise<{ sent: number; failed: number }> {
  await updateWaitingMails(deps)
  return sendDue(deps)
}

/** For a person who has fixed a problem: what waits for a retry, or has failed, is sent now. */
async function retryNow(deps: NotificationDeps, caller: Caller): Promise<{ sent: number; failed: number }> {
  await reopenNotifications(deps.db, (count) => auditEntry('reminder.retry', caller, null, { count }), deps.clock.now())
  await deps.wakeOutbox()
  await deps.planReminders()
  return work(deps)
}
