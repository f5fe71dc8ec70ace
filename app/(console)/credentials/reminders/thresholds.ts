/** Parses whole numbers separated by commas or spaces. Null if the text contains anything else. */
export function daysIn(typed: string): number[] | null {
  const parts = typed.split(/[\s,;]+/).filter((part) => part !== '')
  return parts.every((part) => /^\d{1,4}$/.test(part)) ? parts.map(Number) : null
}

/** Without the expiry itself, for which a reminder is always sent. */
export const daysText = (thresholdsDays: readonly number[]): string =>
  thresholdsDays.filter((days) => days > 0).join(', ')
