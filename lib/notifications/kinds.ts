export const CHANNEL_KINDS = ['mail', 'webhook', 'teams'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** `covered`: a newer one says it too. `queued`: its mail is in the outbox. */
export type NotificationState = 'due' | 'queued' | 'sent' | 'covered' | 'cancelled' | 'failed'

/** What can happen to a client's message, for webhooks. */
export const MESSAGE_EVENTS = ['accepted', 'delivered', 'failed', 'declined'] as const

/** What a notification is about, as the audit log and the log name it. */
export function auditSubject(about: Record<'credentialId' | 'clientId' | 'alertId', string | null>): string {
  const { credentialId, clientId, alertId } = about
  if (credentialId !== null) return `credential:${credentialId}`
  if (clientId !== null) return `client:${clientId}`
  return alertId !== null ? `alert:${alertId}` : 'weekly:report'
}
