const DAY_MS = 24 * 60 * 60 * 1000

/** A date `days` ahead in UTC, in the format of a date field, because a fixed date would pass one day. */
export const dayAhead = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
