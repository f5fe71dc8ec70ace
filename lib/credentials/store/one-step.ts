import { type Db, QUEUED, type Tx } from '../../db/client'
import { fail, ok, type Result } from '../../kernel/result'

/** Another change came first. Nothing was written, not even the audit entry. */
export type Conflict = 'changed-meanwhile'
/** `next-exists`: the slot is taken. `rotation-open`: another rotation of this mail server has not ended. */
export type AddFault = Conflict | 'next-exists' | 'rotation-open'

/** Thrown to roll the transaction back; callers get its reason as a value. */
class Refused extends Error {
  constructor(readonly reason: AddFault) {
    super(reason)
  }
}

/** Runs `work` in one transaction. A refusal thrown inside rolls everything back and is returned as a value. */
export async function inOneStep<T, F extends AddFault = Conflict>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
): Promise<Result<T, F>> {
  try {
    return ok(await db.$transaction(work, QUEUED))
  } catch (thrown) {
    if (thrown instanceof Refused) return fail(thrown.reason as F)
    throw thrown
  }
}

export const refuse = (reason: AddFault = 'changed-meanwhile'): never => {
  throw new Refused(reason)
}
