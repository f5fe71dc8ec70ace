/** What Exchange Online allows one mailbox; Microsoft Learn, "Authenticated client SMTP submission". */
export const CONNECTIONS_MAX = 3
export const MESSAGES_A_MINUTE_MAX = 30
/** In any 24 hours, inside and outside the organisation. */
export const RECIPIENTS_A_DAY_MAX = 10_000

/** From this share of a limit on, pages warn. */
export const LIMIT_WARNED_FROM = 0.8
