import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import { type Db, read } from '../../db/client'
import { fail, ok, type Result } from '../../kernel'

/** Whose console it is; a save names the version that it is based on. */
export interface Organisation {
  /** Empty if none is set. */
  name: string
  version: number
}

/** The only row; a migration inserted it. */
const ROW = { id: 1 } as const

/** Every page names it. */
export async function readOrganisation(db: Db): Promise<Organisation> {
  const [row] = await read(db)<Organisation>`/* prepared: organisation */
    SELECT "name", "version" FROM "Organisation" WHERE "id" = ${ROW.id}`
  if (!row) throw new Error('A migration inserted the organisation')
  return row
}

/** Saves the name unless it was changed since `version`. Both outcomes leave an audit entry. */
export const writeOrganisation = (
  db: Db,
  { name, version }: Organisation,
  { by, at, audit }: { by: string; at: Date; audit: AuditEntry },
): Promise<Result<void, 'changed'>> =>
  db.$transaction(async (tx) => {
    const { count } = await tx.organisation.updateMany({
      where: { ...ROW, version },
      data: { name, version: version + 1, updatedBy: by, updatedAt: at },
    })
    await appendAudit(tx, count === 1 ? audit : { ...audit, result: 'refused' }, at)
    return count === 1 ? ok(undefined) : fail('changed')
  })
