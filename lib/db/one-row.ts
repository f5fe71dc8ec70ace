/**
 * A text that names one row, in a condition that would also take an object. The type says it too; a value whose type was lost on
 * its way, such as a parsed body, could otherwise carry a condition of its sender that matches every row.
 */
export function named(text: string): string {
  if (typeof text !== 'string') throw new TypeError('A row is named by a text')
  return text
}

/** The row of a table that has only one, such as the settings of alerts. */
export const ONLY_ROW = { id: 1 } as const
