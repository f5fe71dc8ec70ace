import { z } from 'zod'

/** Raised by each change that an older reader would misread. Format 1 was not signed. */
export const BACKUP_FORMAT = 2

const table = z.strictObject({
  name: z.string().min(1),
  columns: z.array(z.string().min(1)).min(1),
  rows: z.int().nonnegative(),
})
export type BackupTable = z.infer<typeof table>

/** The first line of a backup: what is in it and what it takes to use it. It names keys and holds none. */
export const backupHeader = z.strictObject({
  postroomBackup: z.union([z.literal(1), z.literal(BACKUP_FORMAT)]),
  /** The moment that the rows belong to, ISO 8601 in UTC. */
  createdAt: z.iso.datetime(),
  productVersion: z.string(),
  baseUrl: z.string(),
  /** Applied to the database it was taken from, oldest first. */
  migrations: z.array(z.string()).min(1),
  /** Sealing keys without which its secrets do not open. */
  keyIds: z.array(z.string()),
  /** ID of the key that signed it, or null if it is not signed. */
  signedBy: z.string().nullable().default(null),
  /** The newest audit entry, which a later audit log must still have; null if there was none. */
  auditEnd: z
    .strictObject({ sequence: z.string().regex(/^\d+$/), hash: z.string() })
    .nullable()
    .default(null),
  /** `sessionSecretMark` of the secret that second factors are encrypted under. */
  sessionSecretMark: z.string(),
  /** In the order in which they follow. */
  tables: z.array(table),
  sequences: z.array(z.strictObject({ name: z.string(), value: z.string().regex(/^-?\d+$/) })),
  leftOut: z.array(z.string()),
})
export type BackupHeader = z.infer<typeof backupHeader>

export const rowCount = ({ tables }: BackupHeader): number => tables.reduce((sum, { rows }) => sum + rows, 0)

/** Ends a table's rows, as in PostgreSQL's own text format: no row can be this, since a row's backslashes are doubled. */
export const ROWS_END = Buffer.from('\\.\n')

export const tableLine = z.strictObject({ table: z.string() })
export const endLine = z.strictObject({ sha256: z.string().length(64), hmac: z.string().length(64).optional() })
