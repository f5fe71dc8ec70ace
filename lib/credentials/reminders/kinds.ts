export const CHANNEL_KINDS = ['mail', 'webhook', 'teams'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** `covered`: a newer reminder says it too. `queued`: its mail is in the outbox. */
export type ReminderState = 'due' | 'queued' | 'sent' | 'covered' | 'cancelled' | 'failed'
