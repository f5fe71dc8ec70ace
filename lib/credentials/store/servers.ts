import type { Db, Prisma, Tx } from '../../db'
import { pick } from '../../kernel'
import { type Cloud, destinationOf, storedSettings, submissionOf } from '../../kernel/mail-server-settings'

export interface ServerDeps {
  db: Db
  clouds: readonly Cloud[]
}

export async function readServer({ db, clouds }: ServerDeps, id: string): Promise<CredentialServer | null> {
  const row = await db.mailServer.findUnique({ where: { id, removedAt: null } })
  return row && serverOf(row, clouds)
}

/** Locks the row of a mail server, which a save and a removal lock too. Null if it was removed. */
export async function lockServer(tx: Tx, id: string) {
  await tx.$queryRaw`SELECT 1 FROM "MailServer" WHERE "id" = ${id}::uuid FOR UPDATE`
  return tx.mailServer.findUnique({ where: { id, removedAt: null } })
}

/** Every configured mail server, or those with these ids; the default one first. */
export async function listServers({ db, clouds }: ServerDeps, ids?: readonly string[]): Promise<CredentialServer[]> {
  const rows = await db.mailServer.findMany({
    where: { ...(ids && { id: { in: [...ids] } }), version: { gt: 0 }, removedAt: null },
    orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
  })
  return rows.map((row) => serverOf(row, clouds))
}

export type CredentialServer = ReturnType<typeof serverOf>
function serverOf(row: Prisma.MailServerGetPayload<object>, clouds: readonly Cloud[]) {
  const settings = storedSettings(row.settings)
  const exchange = settings?.type === 'exchange-online-oauth2' ? settings : null
  const cloud = exchange && clouds.find(({ id }) => id === exchange.cloud)
  return {
    ...pick(row, 'id', 'name', 'version'),
    // Settings that cannot be read have no destination, so no request is made with them and no secret is opened.
    type: settings?.type ?? 'smtp',
    senderAddress: settings?.senderAddress ?? '',
    senderName: settings?.senderName ?? '',
    /** Where it accepts mail, or null if its cloud is gone from the deployment. */
    submission: settings && submissionOf(settings, clouds),
    /** Where its secret may be sent, or null if it needs none or its cloud is gone from the deployment. */
    destination: settings && destinationOf(settings, clouds),
    /** The identity at Exchange Online; null for another kind of server, or if the cloud is gone. */
    exchange: exchange && cloud ? { cloud, tenantId: exchange.tenantId, clientId: exchange.clientId } : null,
  }
}
