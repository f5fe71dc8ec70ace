/** A text that names one row. A value whose type was lost, as in a parsed body, could carry a condition that matches every row instead. */
export function named(text: string): string {
  if (typeof text !== 'string') throw new TypeError('A row is named by a text')
  return text
}

/** The row of a table that has only one, such as the settings of alerts. */
export const ONLY_ROW = { id: 1 } as const
