import activity from '../../messages/en/activity.json'
import type { AuditAction } from './entry'

/** In the order in which the Activity page offers them. */
export const AUDIT_ACTIONS = Object.entries(activity.action).flatMap(([subject, events]) =>
  Object.keys(events).map((event) => `${subject}.${event}` as AuditAction),
)
