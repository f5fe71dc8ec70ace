import { type Db, Prisma, type Tx } from '../../db'
import type { CredentialModel, NotificationChannelModel } from '../../db/generated/models'
import { destinationText } from '../../kernel/destination'
import { type Cloud, destinationOf, storedSettings } from '../../kernel/mail-server-settings'
import { channelBinding, credentialBinding, type SealBinding, type SealedText, type Vault } from '../../kernel/sealing'

const TABLES = { Credential: Prisma.sql`"Credential"`, NotificationChannel: Prisma.sql`"NotificationChannel"` }
const SECRETS = Prisma.sql`(
  SELECT 'Credential' AS "table", "id", "kid", "createdAt" FROM "Credential" WHERE "sealed" IS NOT NULL
  UNION ALL SELECT 'NotificationChannel', "id", "kid", "createdAt" FROM "NotificationChannel" WHERE "sealed" IS NOT NULL
) secret`

/** Every key id in this database, with the number of secrets that are sealed with it. */
export async function rowsByKid(db: Db): Promise<Map<string, number>> {
  const counts = await db.$queryRaw<{ kid: string; rows: number }[]>`
    SELECT "kid", sum("rows")::int AS "rows" FROM (
      SELECT coalesce("kid", '') AS "kid", 1 AS "rows" FROM ${SECRETS} UNION ALL SELECT "kid", 0 FROM "KeyCheck") named
    GROUP BY 1 ORDER BY 1`
  return new Map(counts.map(({ kid, rows }) => [kid, rows]))
}

/** All secrets that are not sealed with `kid` yet, oldest first. There are only as many as the deployment ever had secrets. */
export const rowsNotUnder = (db: Db, kid: string) => db.$queryRaw<{ table: keyof typeof TABLES; id: string }[]>`
  SELECT "table", "id" FROM ${SECRETS} WHERE "kid" <> ${kid} ORDER BY "table", "createdAt"`

/** Opens one secret and, unless it is a trial, seals it with the current key. The row is locked, so that a save waits. */
export const resealRow = (
  db: Db,
  { table, id }: Awaited<ReturnType<typeof rowsNotUnder>>[number],
  { vault, clouds, trial }: { vault: Vault; clouds: readonly Cloud[]; trial: boolean },
): Promise<'done' | 'unreadable'> =>
  db.$transaction(async (tx) => {
    const name = TABLES[table]
    const [row] = await tx.$queryRaw<SealedRow[]>`SELECT * FROM ${name} WHERE "id" = ${id}::uuid FOR UPDATE`
    if (!row?.sealed) return 'done'
    const bindings = 'mailServerId' in row ? await bindingsOf(tx, row, clouds) : [channelBinding(id, row.kind)]
    const sealed = await sealAgain(row.sealed, bindings, vault)
    if (sealed === null) return 'unreadable'
    const kid = vault.currentKid()
    if (!trial && row.kid !== kid)
      await tx.$executeRaw`UPDATE ${name} SET "sealed" = ${sealed}, "kid" = ${kid} WHERE "id" = ${id}::uuid`
    return 'done'
  })

type SealedRow = CredentialModel | NotificationChannelModel

/** Null if the text opens with none of the bindings. */
async function sealAgain(sealed: string, bindings: readonly SealBinding[], vault: Vault): Promise<SealedText | null> {
  for (const binding of bindings) {
    const opened = await vault.open(sealed as SealedText, binding)
    if (opened.ok) return vault.seal(opened.value, binding)
  }
  return null
}

/** The destinations of all revisions with this credential, and the mail server's current one. */
async function bindingsOf(tx: Tx, { id, mailServerId, kind }: CredentialModel, clouds: readonly Cloud[]) {
  const [rows, server] = await Promise.all([
    tx.mailServerRevision.findMany({
      where: { credentialId: id },
      orderBy: { number: 'desc' },
      select: { settings: true },
    }),
    tx.mailServer.findUnique({ where: { id: mailServerId }, select: { settings: true } }),
  ])
  const contexts = [...rows, ...(server ? [server] : [])].flatMap(({ settings }) => {
    const read = storedSettings(settings)
    const destination = read && destinationOf(read, clouds)
    return destination ? [destinationText(destination)] : []
  })
  return [...new Set(contexts)].map((context) => credentialBinding(id, context, kind))
}
