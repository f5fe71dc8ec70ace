import { randomUUID } from 'node:crypto'

/** Makes an id for a row where it must be known before the row exists, such as for the binding of a sealed secret. */
export const newId = (): string => randomUUID()

/**
 * UUID version 7 (RFC 9562 §5.7), so that rows are stored in the order of their creation; within a millisecond the order is random. Its 74
 * random bits cannot be guessed.
 */
export function newOrderedId(now: Date): string {
  // Variant and random bits of version 4 lie in the same places, and Node takes those of many at once from the system.
  const time = now.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** Milliseconds since 1970 at which an ordered id was created. */
export const timeOfId = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

/** The smallest ordered id that could be created at this time. */
export function idsFrom(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether this is a UUID in lower case, as addresses and forms of the console contain it. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)
