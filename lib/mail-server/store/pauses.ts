import { type AuditEntry, auditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { wakeOthers } from '../../db/notify'
import { named } from '../../db/one-row'
import { SYSTEM_CALLER } from '../../kernel/actor'
import { bind } from '../../kernel/bind'

const BY_DIAGNOSIS = 'diagnosis'

interface PauseDeps {
  db: Db
  now: () => Date
}

export interface PauseNote {
  by: string
  code: string | null
  evidence: string | null
  version: number | null
  nextProbeAt: Date | null
  /** Whether the fault is certainly the mail server's, so that its failover server takes over. */
  isOwn: boolean
}

/** Pauses deliveries. False if they are paused already; a person replaces a pause by diagnosis, and a newer diagnosis an older one. */
export function pauseServer(
  { db, now }: PauseDeps,
  id: string,
  { by, code, evidence, version, nextProbeAt, isOwn }: PauseNote,
  audit: AuditEntry,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const isPerson = by !== BY_DIAGNOSIS
    const open = isPerson ? { OR: [{ pausedAt: null }, { pausedBy: BY_DIAGNOSIS }] } : { pausedAt: null }
    const why = { pauseCode: code, pauseEvidence: evidence, pauseVersion: version, nextProbeAt, pauseIsOwn: isOwn }
    const { count } = await tx.mailServer.updateMany({
      where: { id: named(id), ...open },
      data: { pausedAt: now(), pausedBy: by, ...why },
    })
    if (count === 1) await appendAudit(tx, audit, now())
    else await tx.mailServer.updateMany({ where: { id, pausedBy: BY_DIAGNOSIS }, data: why })
    return count === 1
  })
}

/** Ends a pause. A person ends every pause, a diagnosis only one by diagnosis. False if there was none to end. */
export function resumeServer(
  { db, now }: PauseDeps,
  id: string,
  by: 'diagnosis' | 'person',
  audit: AuditEntry,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const pause = by === 'person' ? { NOT: { pausedAt: null } } : { pausedBy: BY_DIAGNOSIS }
    const data = { ...NOT_PAUSED, retryNowCount: { increment: 1 } }
    const { count } = await tx.mailServer.updateMany({ where: { id: named(id), ...pause }, data })
    if (count === 1) await appendAudit(tx, audit, now())
    return count === 1
  })
}

/** A delivered message verifies the settings of this version, provided that it left as their own sender (`from`). */
export async function verifyByDelivery(
  { db }: PauseDeps,
  {
    mailServerId,
    version,
    from,
    messageId,
    at,
  }: { mailServerId: string; version: number; from: string; messageId: string; at: Date },
): Promise<void> {
  await db.$executeRaw`
    UPDATE "MailServer" SET "deliveredVersion" = ${version}, "deliveredMessageId" = ${messageId}::uuid, "deliveredAt" = ${at}
    WHERE "id" = ${mailServerId}::uuid AND "version" = ${version} AND "deliveredVersion" IS DISTINCT FROM ${version}
      AND lower("settings"->>'senderAddress') = lower(${from})`
}

/** Whether a mail server delivers now, and if not, why. */
export interface DeliveryNow {
  mailServerId: string
  name: string
  /** `code` is the diagnosis that paused it; null if a person did. */
  pause: { at: Date; by: string; code: string | null } | null
  /** Name of the failover server that has taken over; null if none has. */
  failover: string | null
}

/** All mail servers, the default one first. */
export async function listDelivery({ db }: PauseDeps): Promise<DeliveryNow[]> {
  const rows = await db.mailServer.findMany({
    where: { version: { gt: 0 }, removedAt: null },
    orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
    select: {
      ...{ id: true, name: true, pausedAt: true, pausedBy: true, pauseCode: true, pauseIsOwn: true },
      ...WITH_FAILOVER,
    },
  })
  return rows.map(({ id: mailServerId, name, pausedAt: at, pausedBy: by, pauseCode: code, pauseIsOwn, failover }) => ({
    mailServerId,
    name,
    pause: at && { at, by: by ?? '', code },
    failover: activeFailover({ pauseIsOwn, failover })?.name ?? null,
  }))
}

/** Claims the attempt that a pause by diagnosis allows now. Only one worker gets it. */
export async function takeProbe({ db, now }: PauseDeps, id: string, nextProbeAt: Date): Promise<boolean> {
  const at = now()
  const count = await db.$executeRaw`
    UPDATE "MailServer" SET "nextProbeAt" = ${nextProbeAt}, "pauseVersion" = "version"
    WHERE "id" = ${id}::uuid AND "pausedBy" = ${BY_DIAGNOSIS}
    AND ("nextProbeAt" IS NULL OR "nextProbeAt" <= ${at} OR "pauseVersion" IS DISTINCT FROM "version")`
  return count === 1
}

/** When settings or credential were last saved; null if never. */
export async function settingsChangedAt({ db }: PauseDeps, id: string): Promise<Date | null> {
  const row = await db.mailServerRevision.findFirst({
    where: { mailServerId: id },
    orderBy: { number: 'desc' },
    select: { savedAt: true },
  })
  return row?.savedAt ?? null
}

/** What delivery reads and writes of mail servers. */
export const outboxPauses = (db: Db, now: () => Date) =>
  bind(
    { db, now },
    {
      pause: pauseServer,
      resume: resumeServer,
      verify: verifyByDelivery,
      delivery: listDelivery,
      takeProbe,
      changedAt: settingsChangedAt,
    },
  )

interface Failover {
  version: number
  removedAt: Date | null
  pausedAt: Date | null
}
export const WITH_FAILOVER = {
  failover: { select: { id: true, name: true, version: true, removedAt: true, pausedAt: true } },
} as const

/**
 * The failover server, if it has taken over; else null. Its own failover server is never used: a message goes to its mail server
 * or to that one's failover server, and no further.
 */
export function activeFailover<F extends Failover>({
  pauseIsOwn,
  failover,
}: {
  pauseIsOwn: boolean
  failover: F | null
}): F | null {
  const isUsable =
    failover !== null && failover.version > 0 && failover.removedAt === null && failover.pausedAt === null
  return pauseIsOwn && isUsable ? failover : null
}

/** What deliveries showed of a mail server. */
export interface DeliveryHealth {
  pausedBy: 'person' | 'diagnosis' | null
  /** Name of the failover server that delivers instead; null if none has taken over, or if it fails as well. */
  failover: string | null
  /** The message that verified this version of the settings; null if none has. */
  verifiedBy: DeliveryVerification | null
  /** The newest attempt with this version of the settings that says something about the mail server; null if there is none. */
  latestAttempt: LatestAttempt | null
}

export interface DeliveryVerification {
  messageId: string
  at: Date
}

export interface LatestAttempt {
  at: Date
  messageId: string
  failed: boolean
  /** The sender from which the server accepted the message; null if it did not, or if the sender is not known. */
  acceptedFrom: string | null
}

const HEALTH = {
  ...{ pausedAt: true, pausedBy: true, pauseIsOwn: true },
  ...{ deliveredVersion: true, deliveredMessageId: true, deliveredAt: true },
  ...WITH_FAILOVER,
} as const

export async function readDeliveryHealth(db: Db, id: string, version: number): Promise<DeliveryHealth> {
  const [server, attempt] = await Promise.all([
    db.mailServer.findUnique({ where: { id }, select: HEALTH }),
    db.attempt.findFirst({
      where: { mailServerId: id, outcome: { not: 'refused' } },
      orderBy: { at: 'desc' },
      select: { at: true, messageId: true, outcome: true, version: true, decision: true },
    }),
  ])
  const pausedBy = server?.pausedAt ? (server.pausedBy === BY_DIAGNOSIS ? 'diagnosis' : 'person') : null
  const failover = server && (await workingFailover(db, server))
  const verifiedBy = server?.deliveredVersion === version ? verificationIn(server) : null
  if (attempt?.version !== version) return { pausedBy, failover, verifiedBy, latestAttempt: null }
  const { at, messageId, outcome, decision } = attempt
  const acceptedFrom = outcome === 'accepted' ? senderIn(decision) : null
  return {
    pausedBy,
    failover,
    verifiedBy,
    latestAttempt: { at, messageId, failed: outcome === 'failed', acceptedFrom },
  }
}

const verificationIn = ({
  deliveredMessageId: messageId,
  deliveredAt: at,
}: {
  deliveredMessageId: string | null
  deliveredAt: Date | null
}): DeliveryVerification | null => (messageId !== null && at !== null ? { messageId, at } : null)

const senderIn = (decision: unknown): string | null => {
  const { from } = Object(decision) as { from?: unknown }
  return typeof from === 'string' ? from : null
}

/** Name of the failover server that has taken over, unless its newest attempt since then failed as well. */
async function workingFailover(
  db: Db,
  server: { pausedAt: Date | null; pauseIsOwn: boolean; failover: (Failover & { id: string; name: string }) | null },
): Promise<string | null> {
  const failover = activeFailover(server)
  if (!failover || !server.pausedAt) return null
  const attempt = await db.attempt.findFirst({
    where: { mailServerId: failover.id, outcome: { not: 'refused' }, at: { gte: server.pausedAt } },
    orderBy: { at: 'desc' },
    select: { outcome: true },
  })
  return attempt?.outcome === 'failed' ? null : failover.name
}

/** Lets every worker retry at once what waits for these mail servers, also if a diagnosis paused them. */
export async function retryDeliveriesNow(tx: Tx, mailServerIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE "MailServer" SET "retryNowCount" = "retryNowCount" + 1,
      "nextProbeAt" = CASE WHEN "pausedBy" IS DISTINCT FROM ${BY_DIAGNOSIS} THEN "nextProbeAt" END
    WHERE "id" = ANY(${mailServerIds}::uuid[])`
}

/**
 * Called when a test of the saved settings was accepted: ends a pause by diagnosis, and lets every worker retry at once. It runs in
 * the transaction of the test, which has locked the mail server's row.
 */
export async function resumeAfterTest(
  tx: Tx,
  { id, pausedBy }: { id: string; pausedBy: string | null },
  now: Date,
): Promise<void> {
  const resumes = pausedBy === BY_DIAGNOSIS
  await tx.mailServer.updateMany({
    where: { id },
    data: { retryNowCount: { increment: 1 }, ...(resumes && NOT_PAUSED) },
  })
  await wakeOthers(tx)
  if (!resumes) return
  await appendAudit(tx, auditEntry('mail-server.resume', SYSTEM_CALLER, `mail-server:${id}`, { by: 'test' }), now)
}

export const NOT_PAUSED = {
  pausedAt: null,
  pausedBy: null,
  pauseCode: null,
  pauseEvidence: null,
  pauseVersion: null,
  nextProbeAt: null,
  pauseIsOwn: false,
}
