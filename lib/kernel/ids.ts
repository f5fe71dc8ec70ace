import { randomUUID } from 'node:crypto'

/** A row's id. Made here rather than by the database where the id must be known before the row, as for a seal's binding. */
export const newId = (): string => randomUUID()
