import { type Db, read } from '../../db'
import type { WarnedCredential } from '../reminders/warnings'

/**
 * The credentials that need attention: those in use or prepared that Entra refuses or that expire within the largest threshold, and API
 * keys that do. Every page shows what follows from them, so this is one statement over a handful of rows. Times are compared with `now`,
 * not with the database's clock, and a day is 24 hours.
 */
export async function warnedCredentials(db: Db, now: Date) {
  const rows = await read(db)<WarnedCredential & { thresholdsDays: number[] }>`/* prepared: warned-credentials */
    SELECT c."id", c."kind", c."slot", c."expiresAt", c."acceptedAt", c."refusedAt", c."refusedCode", c."foundAt",
      c."createdAt", c."mailServerId" AS "holderId", s."name" AS "holderName", w."thresholdsDays",
      EXISTS (
        SELECT 1 FROM "Credential" n WHERE n."mailServerId" = c."mailServerId" AND n."slot" = 'next'
        AND n."removedAt" IS NULL AND n."acceptedAt" IS NOT NULL AND n."refusedAt" IS NULL
      ) AS "nextIsVerified",
      CASE WHEN c."slot" = 'current' THEN (
        SELECT p."fallbackUntil" FROM "Credential" p WHERE p."mailServerId" = c."mailServerId" AND p."slot" = 'previous'
        AND p."removedAt" IS NULL AND p."fallbackUntil" > ${now}::timestamptz AND p."refusedAt" IS NULL
        ORDER BY p."acceptedAt" IS NULL, p."replacedAt" DESC LIMIT 1
      ) END AS "fallbackUntil"
    FROM "Credential" c JOIN "MailServer" s ON s."id" = c."mailServerId" CROSS JOIN "CredentialWatch" w
    WHERE c."removedAt" IS NULL AND c."slot" <> 'previous' AND (
      c."refusedAt" IS NOT NULL
      OR c."expiresAt" <= ${now}::timestamptz + make_interval(hours => 24 * (SELECT max(d) FROM unnest(w."thresholdsDays") d))
    )
    UNION ALL
    SELECT k."id", 'api-key', 'current', k."expiresAt", NULL, NULL, NULL, NULL, k."createdAt", k."id", k."name", w."thresholdsDays", false, NULL
    FROM "Client" k CROSS JOIN "CredentialWatch" w
    WHERE k."way" = 'api-key' AND k."removedAt" IS NULL AND k."disabledAt" IS NULL
      AND k."expiresAt" <= ${now}::timestamptz + make_interval(hours => 24 * (SELECT max(d) FROM unnest(w."thresholdsDays") d))`
  return { credentials: rows, thresholdsDays: rows[0]?.thresholdsDays ?? [] }
}
