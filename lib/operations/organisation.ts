import { auditEntry, audited } from '../audit'
import { type DbDeps, ONLY_ROW, type Tx } from '../db'
import { actorName, type Caller, fail, ok, type Result } from '../kernel'
import { parseOrganisationName } from '../validation/text'
import type { ValidationError } from '../validation/validation-error'
import { type Organisation, readOrganisation } from './store/organisation'

export type OrganisationFault =
  | { kind: 'name'; validationError: ValidationError }
  /** Another operator has saved this name since. */
  | ({ kind: 'changed' } & Organisation)

/** Saves the name that pages show with the product's; empty for none. */
export async function saveOrganisation(
  deps: DbDeps,
  caller: Caller,
  input: { name: unknown; version: number },
): Promise<Result<void, OrganisationFault>> {
  const name = parseOrganisationName(input.name)
  if (!name.ok) return fail({ kind: 'name', validationError: name.error })
  const before = await readOrganisation(deps.db)
  const audit = auditEntry('organisation.rename', caller, 'organisation', { name: name.value, before: before.name })
  const version = Number.isSafeInteger(input.version) ? input.version : -1
  const values = { name: name.value }
  const data = { ...values, version: version + 1, updatedBy: actorName(caller.actor) }
  const save = (tx: Tx, updatedAt: Date) =>
    tx.organisation.updateMany({ where: { ...ONLY_ROW, version }, data: { ...data, updatedAt } })
  const isSaved = await audited(deps, audit, save, {
    read: (tx) => tx.organisation.findUnique({ where: ONLY_ROW }),
    values,
  })
  return isSaved ? ok(undefined) : fail({ kind: 'changed', ...(await readOrganisation(deps.db)) })
}
