import type { Actor, Caller, Origin } from '../kernel/actor'

/** The outcome of an event. `refused` changed nothing. */
export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const
export type AuditResult = (typeof AUDIT_RESULTS)[number]

/** Every kind of event that writes a row: `<subject>.<event>`. */
export const AUDIT_ACTIONS = [
  'mail-server.save',
  'mail-server.restore',
  'mail-server.test',
  'mail-server.pause',
  'mail-server.resume',
  'mail-server.add',
  'mail-server.rename',
  'mail-server.make-default',
  'mail-server.backup',
  'mail-server.remove',
  'message.send',
  'message.hold',
  'message.release',
  'message.cancel',
  'message.resend',
  'message.try-now',
  'message.dismiss',
  'client.add',
  'client.change',
  'client.disable',
  'client.enable',
  'client.reset-secret',
  'client.remove',
  'learning.start',
  'learning.stop',
  'basic-auth.report',
  'basic-auth.remove-report',
  'basic-auth.link',
  'retention.change',
  'organisation.rename',
  'policy.save',
  'policy.restore',
  'sender.add',
  'sender.change-way',
  'sender.remove',
  'sender.proven',
  'sender.lost',
  'credential.add-next',
  'credential.test',
  'credential.probe',
  'credential.make-current',
  'credential.go-back',
  'credential.discard',
  'credential.remove',
  'credential.fallback',
  'credential.note',
  'credential.owners',
  'credential.expiry',
  'credential.found',
  'rotation.start',
  'rotation.step',
  'rotation.end',
  'watch.change',
  'reminder.send',
  'reminder.retry',
  'alert.acknowledge',
  'alert.change',
  'weekly.change',
  'channel.create',
  'channel.change',
  'channel.remove',
  'channel.test',
  'calendar.create',
  'calendar.revoke',
  'inventory.check',
  'inventory.start',
  'inventory.end',
  'inventory.mute',
  'inventory.unmute',
  'inventory.mute-all',
  'inventory.unmute-all',
  'credentials.export',
  'sign-in.succeeded',
  'sign-in.failed',
  'sign-in.second-factor',
  'sign-in.sign-out',
  'sign-in.confirm-demanded',
  'sign-in.confirm',
  'setup.first-admin',
  'operator.create',
  'operator.change-role',
  'operator.disable',
  'operator.enable',
  'operator.remove',
  'operator.reset',
  'operator.change-password',
  'second-factor.begin',
  'second-factor.enable',
  'second-factor.disable',
  'second-factor.backup-codes',
  'session.revoke',
  'keys.rotate',
  'backup.write',
  'backup.restore',
  'set-up.retry-start',
  'set-up.retry-end',
  'audit.keyed',
  'access.denied',
  'request.refused',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

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
