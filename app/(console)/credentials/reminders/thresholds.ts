/** Whole numbers with commas or blanks between them; null: something else stands there. */
export function daysIn(typed: string): number[] | null {
  const parts = typed.split(/[\s,;]+/).filter((part) => part !== '')
  return parts.every((part) => /^\d{1,4}$/.test(part)) ? parts.map(Number) : null
}

/** Without the end itself, which is always told. */
export const daysText = (thresholdsDays: readonly number[]): string =>
  thresholdsDays.filter((days) => days > 0).join(', ')
