export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** When nothing is due: the infinity of PostgreSQL is no date of JavaScript. */
export const NEVER = new Date('9999-01-01T00:00:00Z')
