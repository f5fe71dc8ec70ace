import { type Db, ONLY_ROW, read } from '../../db'

/** Whose console it is; a save names the version that it is based on. */
export interface Organisation {
  /** Empty if none is set. */
  name: string
  version: number
}

/** Every page names it. */
export async function readOrganisation(db: Db): Promise<Organisation> {
  const [row] = await read(db)<Organisation>`/* prepared: organisation */
    SELECT "name", "version" FROM "Organisation" WHERE "id" = ${ONLY_ROW.id}`
  if (!row) throw new Error('A migration inserted the organisation')
  return row
}
