export const FIELDS = ['messageDays', 'failedBodyDays'] as const

/** The number in a form field, or null if it is not a whole number. */
export const daysIn = (value: unknown): number | null =>
  typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : null
