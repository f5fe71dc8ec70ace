import { auditEntry, audited } from '../audit'
import { ONLY_ROW, type Tx } from '../db'
import { actorName, type Caller, fail, ok, type Result } from '../kernel'
import type { CredentialsDeps } from './deps'
import type { Conflict } from './store/credentials'
import { readWatch, type Watch } from './store/watch-settings'

/** Apart from the expiry date itself, for which a reminder is always sent. */
const THRESHOLDS_MAX = 10
const DAYS_MAX = 365
/** A rotated credential is valid for 180 days and is never rotated in its first half, so a larger number would have no effect. */
export const ROTATE_DAYS_MAX = 90

/** Another person's change of one setting is no conflict with a change of the others. */
const VERSION_OF = {
  thresholdsDays: 'thresholdsVersion',
  inventory: 'inventoryVersion',
  rotateDaysBefore: 'rotateVersion',
} as const

/** `version` is that of what is changed. */
type Change = Partial<Pick<Watch, keyof typeof VERSION_OF>> & { version: number }

/** Saves when people are notified, whether all app registrations are read, or whether credentials are rotated automatically. */
export async function saveWatch(
  deps: CredentialsDeps,
  caller: Caller,
  { version, thresholdsDays: wanted, ...change }: Change,
): Promise<Result<void, { kind: 'invalid'; problem: 'thresholds' | 'rotate-days' } | Conflict>> {
  const thresholdsDays = wanted && [...new Set([...wanted, 0])].sort((a, b) => b - a)
  if (thresholdsDays && (thresholdsDays.length > THRESHOLDS_MAX + 1 || !thresholdsDays.every(isDays)))
    return fail({ kind: 'invalid', problem: 'thresholds' })
  const { rotateDaysBefore = null } = change
  if (
    rotateDaysBefore !== null &&
    (!isDays(rotateDaysBefore) || rotateDaysBefore < 1 || rotateDaysBefore > ROTATE_DAYS_MAX)
  )
    return fail({ kind: 'invalid', problem: 'rotate-days' })
  const values = { ...change, ...(thresholdsDays && { thresholdsDays }) }
  const audit = auditEntry('watch.change', caller, 'watch:credentials', {
    ...change,
    ...(thresholdsDays && { thresholdsDays: thresholdsDays.join(', ') }),
  })
  const versions = (number: number) =>
    Object.fromEntries(Object.keys(values).map((name) => [VERSION_OF[name as keyof typeof VERSION_OF], number]))
  const data = { ...values, ...versions(version + 1), updatedBy: actorName(caller.actor) }
  const save = (tx: Tx, updatedAt: Date) =>
    tx.credentialWatch.updateMany({ where: { ...ONLY_ROW, ...versions(version) }, data: { ...data, updatedAt } })
  const isSaved = await audited(deps, audit, save, { read: readWatch, values })
  return isSaved ? ok(undefined) : fail({ kind: 'changed' })
}

const isDays = (days: number): boolean => Number.isInteger(days) && days >= 0 && days <= DAYS_MAX
