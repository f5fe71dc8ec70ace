import { appendAudit } from '../../audit/store/log'
import { ok } from '../../kernel/result'
import type { CredentialStore } from '../ports'
import type { CredentialStoreDeps } from './deps'
import { watchOf } from './rows'
import { inOneStep, refuse } from './slots'

/** The one row; the migration made it. */
const ROW = { id: 1 } as const

export function credentialWatch({ db, clock }: CredentialStoreDeps): Pick<CredentialStore, 'watch' | 'saveWatch'> {
  return {
    async watch() {
      return watchOf(await db.credentialWatch.findUniqueOrThrow({ where: ROW }))
    },

    async saveWatch({ thresholdsDays, inventory, rotateDaysBefore }, { after, by, audit }) {
      const saved = await inOneStep(db, async (tx) => {
        const now = clock.now()
        const { count } = await tx.credentialWatch.updateMany({
          where: { ...ROW, version: after },
          data: { thresholdsDays, inventory, rotateDaysBefore, version: after + 1, updatedBy: by, updatedAt: now },
        })
        if (count !== 1) refuse()
        await appendAudit(tx, audit, now)
      })
      return saved.ok ? ok({ version: after + 1 }) : saved
    },
  }
}
