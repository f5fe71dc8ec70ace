import { rollBack } from '../../db/one-step'

/** Another change came first. Nothing was written, not even the audit entry. */
export type Conflict = 'changed'
/** `next-exists`: the slot is taken. `rotation-open`: another rotation of this mail server has not ended. */
export type AddFault = Conflict | 'next-exists' | 'rotation-open'

/** Rolls a change of credentials back. */
export const refuse = (fault: AddFault = 'changed'): never => rollBack(fault)
