import { type AuditEntry, appendAudit } from '../../audit'
import type { Db, DbDeps, Prisma, Tx } from '../../db'
import { newId, pick } from '../../kernel'

/** One request for a token with a credential, and what Entra answered. */
export type Probe = ReturnType<typeof probeOf>
const probeOf = (row: Prisma.CredentialProbeGetPayload<object>) => ({
  ...pick(row, 'at', 'diagnosisCode', 'evidence'),
  reason: row.reason as 'daily' | 'rotation' | 'asked' | 'use' | 'test',
  outcome: outcomeOf(row.outcome),
})

/** `refused`: Entra rejected this credential. `unknown`: no answer, or one that says nothing about the credential. */
const outcomeOf = (text: string): 'accepted' | 'refused' | 'unknown' =>
  text === 'accepted' || text === 'refused' ? text : 'unknown'

export async function listProbes(db: Db, credentialId: string, limit: number): Promise<Probe[]> {
  const rows = await db.credentialProbe.findMany({
    where: { credentialId },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return rows.map(probeOf)
}

export async function latestProbes(db: Db, credentialIds: readonly string[]): Promise<Map<string, Probe>> {
  const rows = await db.credentialProbe.findMany({
    where: { credentialId: { in: [...credentialIds] } },
    distinct: ['credentialId'],
    orderBy: [{ credentialId: 'asc' }, { at: 'desc' }, { id: 'desc' }],
  })
  return new Map(rows.map((row) => [row.credentialId, probeOf(row)]))
}

/** @param audit only if Entra's answer changed */
export async function insertProbe({ db, clock }: DbDeps, credentialId: string, probe: Probe, audit: AuditEntry | null) {
  await db.$transaction(async (tx) => {
    await keepAnswer(tx, credentialId, probe)
    if (audit) await appendAudit(tx, audit, clock.now())
  })
}

/** Removes probes from before that time, except the newest of each credential. */
export const deleteOldProbes = (db: Db, before: Date): Promise<number> => db.$executeRaw`
  DELETE FROM "CredentialProbe" p WHERE p."at" < ${before}
  AND EXISTS (SELECT 1 FROM "CredentialProbe" n WHERE n."credentialId" = p."credentialId" AND n."at" > p."at")`

/** Stores a probe, and on the credential when Entra accepted or refused it. Two probes may end out of order: an older answer never overwrites a newer one. */
export async function keepAnswer(tx: Tx, credentialId: string, probe: Probe): Promise<void> {
  const { at, reason, outcome, diagnosisCode, evidence } = probe
  await tx.$executeRaw`
    WITH answer AS (
      UPDATE "Credential" SET
        "acceptedAt" = CASE WHEN ${outcome} = 'accepted' THEN ${at}::timestamptz ELSE "acceptedAt" END,
        "refusedAt" = CASE WHEN ${outcome} = 'refused' THEN ${at}::timestamptz END,
        "refusedCode" = CASE WHEN ${outcome} = 'refused' THEN ${diagnosisCode ?? 'unrecognised'} END
      WHERE "id" = ${credentialId}::uuid AND ${outcome} <> 'unknown'
        AND ("acceptedAt" IS NULL OR "acceptedAt" <= ${at}::timestamptz) AND ("refusedAt" IS NULL OR "refusedAt" <= ${at}::timestamptz)
    )
    INSERT INTO "CredentialProbe" ("id", "credentialId", "at", "reason", "outcome", "diagnosisCode", "evidence")
    VALUES (${newId()}::uuid, ${credentialId}::uuid, ${at}::timestamptz, ${reason}, ${outcome}, ${diagnosisCode}, ${evidence})`
}
