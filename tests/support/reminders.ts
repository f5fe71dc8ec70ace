import type { Credentials } from '../../lib/credentials'
import { noticeAbout } from '../../lib/credentials/reminders/notice'
import { planNow } from '../../lib/credentials/reminders/plan-now'
import type { ExpiringView } from '../../lib/credentials/views'
import type { DbDeps } from '../../lib/db'

const unused = () => Promise.reject(new Error('No mail server is involved'))

/** Credentials for a test of what is sent: reminders are planned from the database, and say what `views` gives. */
export const remindersAbout = (
  deps: DbDeps,
  views: () => readonly ExpiringView[] | Promise<readonly ExpiringView[]>,
): Pick<Credentials, 'planReminders' | 'reminderNotice' | 'login' | 'renew'> => ({
  planReminders: () => planNow(deps),
  reminderNotice: async (claimed, at) => noticeAbout(await views(), claimed, at),
  login: unused,
  renew: unused,
})

/** For tests without alerts. */
export const noAlerts = { notice: async () => null, weekly: { notice: async () => null } }
