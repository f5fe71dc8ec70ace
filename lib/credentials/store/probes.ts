import { appendAudit } from '../../audit/store/log'
import type { Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { newId } from '../../kernel/ids'
import type { CredentialStore, Probe } from '../ports'
import type { CredentialStoreDeps } from './deps'
import { probeOf } from './rows'

type ProbesPart = Pick<CredentialStore, 'probes' | 'latestProbes' | 'keepProbe' | 'forgetProbes'>

export function credentialProbes({ db, clock }: CredentialStoreDeps): ProbesPart {
  return {
    async probes(credentialId, rows) {
      const found = await db.credentialProbe.findMany({
        where: { credentialId },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: rows,
      })
      return found.map(probeOf)
    },

    async latestProbes(credentialIds) {
      const found = await db.credentialProbe.findMany({
        where: { credentialId: { in: [...credentialIds] } },
        distinct: ['credentialId'],
        orderBy: [{ credentialId: 'asc' }, { at: 'desc' }, { id: 'desc' }],
      })
      return new Map(found.map((row) => [row.credentialId, probeOf(row)]))
    },

    async keepProbe(credentialId, probe, audit) {
      await db.$transaction(async (tx) => {
        await keepAnswer(tx, credentialId, probe)
        if (audit) await appendAudit(tx, audit, clock.now())
      }, QUEUED)
    },

    async forgetProbes(before) {
      return db.$executeRaw`
        DELETE FROM "CredentialProbe" p WHERE p."at" < ${before}
        AND EXISTS (SELECT 1 FROM "CredentialProbe" n WHERE n."credentialId" = p."credentialId" AND n."at" > p."at")`
    },
  }
}

/** What Entra said to a question for a fresh token, and what it means for the credential; an older word changes nothing there. */
export async function keepAnswer(tx: Tx, credentialId: string, probe: Probe): Promise<void> {
  await tx.credentialProbe.create({ data: { id: newId(), credentialId, ...columnsOf(probe) }, select: { id: true } })
  const { at, outcome, diagnosisCode } = probe
  if (outcome === 'unknown') return
  const word =
    outcome === 'accepted'
      ? { acceptedAt: at, refusedAt: null, refusedCode: null }
      : { refusedAt: at, refusedCode: diagnosisCode ?? 'unrecognised' }
  await tx.credential.updateMany({ where: { id: credentialId, ...noNewerResult(at) }, data: word })
}

/** Two probes may end out of order. */
const noNewerResult = (at: Date): Prisma.CredentialWhereInput => ({
  AND: [
    { OR: [{ acceptedAt: null }, { acceptedAt: { lte: at } }] },
    { OR: [{ refusedAt: null }, { refusedAt: { lte: at } }] },
  ],
})

const columnsOf = ({ at, reason, outcome, diagnosisCode, evidence, durationMs }: Probe) => ({
  at,
  reason,
  outcome,
  diagnosisCode,
  evidence,
  durationMs: Math.round(durationMs),
})
