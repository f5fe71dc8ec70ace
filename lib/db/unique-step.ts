import { fail, type Result } from '../kernel'
import type { Db, Tx } from './client'
import { inOneStep } from './one-step'
import { isNotUnique } from './sql-state'

/** Like `inOneStep`, where a row that breaks a unique key is refused with `fault` instead of being a bug. */
export const inUniqueStep = <T, Fault>(db: Db, fault: Fault, work: (tx: Tx) => Promise<T>): Promise<Result<T, Fault>> =>
  inOneStep<T, Fault>(db, work).catch((thrown: unknown) => {
    if (isNotUnique(thrown)) return fail(fault)
    throw thrown
  })
