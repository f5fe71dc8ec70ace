import type { KeyUnder } from '../i18n/translations'
import type { Actor, Caller, Origin } from '../kernel/actor'

/** The outcome of an event. `refused` changed nothing. */
export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const
export type AuditResult = (typeof AUDIT_RESULTS)[number]

/**
 * Every kind of event that writes a row: `<subject>.<event>`. Each has a text in `messages/en/activity.json`, which is where a new one
 * is added.
 */
export type AuditAction = KeyUnder<'activity', 'action'>

/**
 * One event: who did what to what, from where, with which result. It is written in the transaction of the change, so that row and change
 * exist together or not at all.
 */
export interface AuditEntry {
  action: AuditAction
  actor: Actor
  origin: Origin
  result: AuditResult
  /** What it was done to, e.g. `mail-server:<id>`, or null if there is no object. */
  subject: string | null
  /** Small and flat, without secrets: a secret is `changed` with its keyed digest. */
  details: Record<string, string | number | boolean | null>
}

/**
 * The entry of what a caller did.
 *
 * @param subject what it was done to, e.g. `mail-server:<id>`, or null if there is no object
 */
export const auditEntry = (
  action: AuditAction,
  { actor, origin }: Caller,
  subject: string | null,
  details: AuditEntry['details'] = {},
  result: AuditResult = 'done',
): AuditEntry => ({ action, actor, origin, result, subject, details })
