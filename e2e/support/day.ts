const DAY_MS = 24 * 60 * 60 * 1000

/** So many days from today, UTC, as a date field takes it: a fixed date would be over one day. */
export const dayAhead = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
