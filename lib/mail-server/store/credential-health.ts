import { type PreviousCredential, pickFallback } from '../../credentials/fallback'
import { type Db, read } from '../../db'

/** What fresh tokens showed of the current credential, and how close its expiry date is. */
export type CredentialHealth = Awaited<ReturnType<typeof readCredentialHealth>>

interface HealthRow extends PreviousCredential {
  thresholdsDays: number[]
  slot: string | null
}

export async function readCredentialHealth(db: Db, mailServerId: string, now: Date) {
  const rows = await read(db)<HealthRow>`/* prepared: credential-health */
    SELECT w."thresholdsDays", c."slot", c."acceptedAt", c."refusedAt", c."replacedAt", c."fallbackUntil"
    FROM "CredentialWatch" w LEFT JOIN "Credential" c ON c."mailServerId" = ${mailServerId}::uuid AND (c."slot" = 'current'
      OR c."slot" = 'previous' AND c."removedAt" IS NULL AND c."fallbackUntil" > ${now}::timestamptz)
    WHERE w."id" = 1`
  const current = rows.find(({ slot }) => slot === 'current')
  const previous = rows.filter(({ slot }) => slot === 'previous')
  const fallback = pickFallback(previous, now)
  return {
    refused: current !== undefined && current.refusedAt !== null,
    /** Until when deliveries use a previous credential if Entra rejects the current one; null if none can be used. */
    fallbackUntil: fallback?.refusedAt === null ? fallback.fallbackUntil : null,
    /** The largest number of days before expiry at which a reminder is sent. */
    expiringWithinDays: Math.max(0, ...(rows[0]?.thresholdsDays ?? [])),
  }
}
