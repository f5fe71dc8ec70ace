export const FIELDS = ['messageDays', 'failedBodyDays'] as const

/** Null: no whole number stands there. */
export const daysIn = (typed: unknown): number | null =>
  typeof typed === 'string' && /^\s*\d{1,9}\s*$/.test(typed) ? Number(typed) : null
