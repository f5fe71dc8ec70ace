import { auditEntry } from '../audit/entry'
import type { DbDeps } from '../db/client'
import { actorName, type Caller, fail, type Result } from '../kernel'
import { parseOrganisationName } from '../validation/text'
import type { ValidationError } from '../validation/validation-error'
import { readOrganisation, writeOrganisation } from './store/organisation'

export type OrganisationFault =
  | { kind: 'name'; validationError: ValidationError }
  /** Another operator has saved this name since. */
  | { kind: 'changed'; name: string }

/** Saves the name that pages show with the product's; empty for none. */
export async function saveOrganisation(
  { db, clock }: DbDeps,
  caller: Caller,
  input: { name: unknown; version: number },
): Promise<Result<void, OrganisationFault>> {
  const name = parseOrganisationName(input.name)
  if (!name.ok) return fail({ kind: 'name', validationError: name.error })
  const before = await readOrganisation(db)
  const audit = auditEntry('organisation.rename', caller, 'organisation', { name: name.value, before: before.name })
  const written = await writeOrganisation(
    db,
    { name: name.value, version: Number.isSafeInteger(input.version) ? input.version : -1 },
    { by: actorName(caller.actor), at: clock.now(), audit },
  )
  return written.ok ? written : fail({ kind: written.error, name: (await readOrganisation(db)).name })
}
