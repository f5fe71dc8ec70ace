import type { Db } from '../../db'
import { isOfData } from '../../db/sql-state'

export interface StoreDeps {
  db: Db
  /** The database's time, since leases and rate-limit tokens of several machines are compared. */
  now(): Date
  /** When this process last made sure that a rate limit has its rows, in milliseconds since 1970, by key. */
  ensuredTokens: Map<string, number>
}

/** One item of a group cannot be stored, so the whole group was not: its data is at fault, not the database. */
export class Unstorable extends Error {
  override readonly name = 'Unstorable'
}
export const isUnstorable = (thrown: unknown): boolean => thrown instanceof Unstorable

/** @throws Unstorable if the database refused the data */
export async function storing<T>(written: Promise<T>): Promise<T> {
  try {
    return await written
  } catch (thrown) {
    throw isOfData(thrown) ? new Unstorable('Not all of a group can be stored', { cause: thrown }) : thrown
  }
}
