/** The stages of a connection test and of a delivery attempt in their order. */
export const STAGES = ['settings', 'token', 'claims', 'connect', 'tls', 'auth', 'sender', 'recipient', 'data'] as const
export type Stage = (typeof STAGES)[number]
/** The stages before MAIL FROM, with which a message begins. */
export const BEFORE_ANY_MESSAGE: readonly Stage[] = ['settings', 'token', 'claims', 'connect', 'tls', 'auth']

/** The stages on the SMTP connection. */
export type WireStage = Extract<Stage, 'connect' | 'tls' | 'auth' | 'sender' | 'recipient' | 'data'>
