import { fail, ok, type Result } from '../kernel'
import type { Db, Tx } from './client'
import { isNotUnique } from './sql-state'

class Refused extends Error {
  constructor(readonly fault: unknown) {
    super('refused')
  }
}

/** Ends a transaction of `inOneStep`: nothing is written, not even the audit entry. */
export const rollBack = (fault: unknown): never => {
  throw new Refused(fault)
}

/** Runs `work` in one transaction. If it is refused, everything is rolled back and the fault is returned as a value. */
export async function inOneStep<T, Fault>(db: Db, work: (tx: Tx) => Promise<T>): Promise<Result<T, Fault>> {
  try {
    return ok(await db.$transaction(work))
  } catch (thrown) {
    if (thrown instanceof Refused) return fail(thrown.fault as Fault)
    throw thrown
  }
}

/** Like `inOneStep`, where a row that breaks a unique key is refused with `fault` instead of being a bug. */
export const inUniqueStep = <T, Fault>(db: Db, fault: Fault, work: (tx: Tx) => Promise<T>): Promise<Result<T, Fault>> =>
  inOneStep<T, Fault>(db, work).catch((thrown: unknown) => {
    if (isNotUnique(thrown)) return fail(fault)
    throw thrown
  })
