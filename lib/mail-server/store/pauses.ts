import { type AuditEntry, appendAudit, auditEntry, audited } from '../../audit'
import { type Db, named, read, type Tx } from '../../db'
import { wakeOthers } from '../../db/notify'
import { bind, type Stage, SYSTEM_CALLER } from '../../kernel'
import { readServers, type ServerRow } from './rows'

const BY_DIAGNOSIS = 'diagnosis'

interface PauseDeps {
  db: Db
  now: () => Date
}

interface PauseNote {
  by: string
  code: string | null
  version: number | null
  nextProbeAt: Date | null
  /** Whether the fault is certainly the mail server's, so that its failover server takes over. */
  isOwn: boolean
}

/** Pauses deliveries. False if they are paused already; a person replaces a pause by diagnosis, and a newer diagnosis an older one. */
function pause(
  { db, now }: PauseDeps,
  id: string,
  { by, code, version, nextProbeAt, isOwn }: PauseNote,
  audit: AuditEntry,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const isPerson = by !== BY_DIAGNOSIS
    const open = isPerson ? { OR: [{ pausedAt: null }, { pausedBy: BY_DIAGNOSIS }] } : { pausedAt: null }
    const why = { pauseCode: code, pauseVersion: version, nextProbeAt, pauseIsOwn: isOwn }
    const { count } = await tx.mailServer.updateMany({
      where: { id: named(id), removedAt: null, ...open },
      data: { pausedAt: now(), pausedBy: by, ...why },
    })
    if (count === 1) await appendAudit(tx, audit, now())
    else await tx.mailServer.updateMany({ where: { id, pausedBy: BY_DIAGNOSIS }, data: why })
    return count === 1
  })
}

/** Ends a pause. A person ends every pause, a diagnosis only one by diagnosis. False if there was none to end. */
function resume({ db, now }: PauseDeps, id: string, by: 'diagnosis' | 'person', audit: AuditEntry): Promise<boolean> {
  const paused = by === 'person' ? { NOT: { pausedAt: null } } : { pausedBy: BY_DIAGNOSIS }
  const data = { ...NOT_PAUSED, resumedAt: now(), retryNowCount: { increment: 1 } }
  return audited({ db, clock: { now } }, audit, (tx) =>
    tx.mailServer.updateMany({ where: { id: named(id), removedAt: null, ...paused }, data }),
  )
}

/** A delivered message verifies the settings of this version, provided that it left as their own sender (`from`). */
async function verify(
  { db }: PauseDeps,
  delivered: { mailServerId: string; version: number; from: string; messageId: string; at: Date },
): Promise<void> {
  const { mailServerId, version, from, messageId, at } = delivered
  await db.$executeRaw`
    UPDATE "MailServer" SET "deliveredVersion" = ${version}, "deliveredMessageId" = ${messageId}::uuid, "deliveredAt" = ${at}
    WHERE "id" = ${mailServerId}::uuid AND "version" = ${version} AND "deliveredVersion" IS DISTINCT FROM ${version}
      AND lower("settings"->>'senderAddress') = lower(${from})`
}

/** Whether a mail server delivers now, and if not, why. */
export type DeliveryNow = { mailServerId: string } & ReturnType<typeof deliveryOf>
export const deliveryOf = ({
  name,
  pausedAt: at,
  pausedBy: by,
  pauseCode: code,
  activeFailover,
  ...row
}: ServerRow) => ({
  name,
  /** `code` is the diagnosis that paused it, or null if a person did; `stage` is where the newest attempt ended with it. */
  pause: at && {
    ...{ at, by: by ?? '', code },
    ...(row.attemptCode === code && { stage: row.attemptStage as Stage | null }),
  },
  /** Name of the failover server that has taken over; null if none has. */
  failover: activeFailover,
})

/** Claims the attempt that a pause by diagnosis allows now. Only one worker gets it. */
export async function takeProbe({ db, now }: PauseDeps, id: string, nextProbeAt: Date): Promise<boolean> {
  const at = now()
  const count = await db.$executeRaw`
    UPDATE "MailServer" SET "nextProbeAt" = ${nextProbeAt}, "pauseVersion" = "version"
    WHERE "id" = ${id}::uuid AND "pausedBy" = ${BY_DIAGNOSIS}
    AND ("nextProbeAt" IS NULL OR "nextProbeAt" <= ${at} OR "pauseVersion" IS DISTINCT FROM "version")`
  return count === 1
}

/** Makes the next probe due now. */
export async function giveProbeBack({ db, now }: PauseDeps, id: string): Promise<void> {
  await db.mailServer.updateMany({ where: { id, pausedBy: BY_DIAGNOSIS }, data: { nextProbeAt: now() } })
}

/** Makes every probe due: a process that starts may have what a fault needed, such as a sealing key, a network or a cloud. */
export const makeProbesDue = (db: Db) =>
  db.mailServer.updateMany({ where: { pausedBy: BY_DIAGNOSIS }, data: { nextProbeAt: null } })

/** When settings or credential were last saved; null if never. */
async function changedAt({ db }: PauseDeps, id: string): Promise<Date | null> {
  const row = await db.mailServerRevision.findFirst({
    where: { mailServerId: id },
    orderBy: { number: 'desc' },
    select: { savedAt: true },
  })
  return row?.savedAt ?? null
}

/** What delivery reads and writes of mail servers. */
export const outboxPauses = (db: Db, now: () => Date) =>
  bind({ db, now }, { pause, resume, verify, takeProbe, giveProbeBack, changedAt })

/** What deliveries showed of a mail server. */
export type DeliveryHealth = Awaited<ReturnType<typeof readDeliveryHealth>>
/** @param rows all mail servers, if this request has read them already */
export async function readDeliveryHealth(
  db: Db,
  id: string,
  version: number,
  rows: Promise<readonly ServerRow[]> = readServers(db),
) {
  const server = (await rows).find((each) => each.id === id)
  const by = server?.pausedBy === BY_DIAGNOSIS ? 'diagnosis' : 'person'
  return {
    pausedBy: server?.pausedAt ? by : null,
    /** Name of the failover server that delivers instead; null if none has taken over, or if it fails as well. */
    failover: server ? await workingFailover(db, server) : null,
    verifiedBy: server?.deliveredVersion === version ? verificationIn(server) : null,
    /** The newest attempt with this version of the settings that says something about the mail server; null if there is none. */
    latestAttempt: server?.attemptVersion === version ? attemptIn(server) : null,
  } as const
}

const verificationIn = ({ deliveredMessageId: messageId, deliveredAt: at }: ServerRow) =>
  messageId !== null && at !== null ? { messageId, at } : null

const attemptIn = (server: ServerRow) =>
  server.attemptAt && {
    at: server.attemptAt,
    messageId: server.attemptMessageId,
    failed: server.attemptOutcome === 'failed',
    /** When delivery was resumed since; null if it was not, or is paused again. */
    resumedAt:
      server.pausedAt === null && server.resumedAt && server.resumedAt > server.attemptAt ? server.resumedAt : null,
    /** Its fault; null if there was none. */
    code: server.attemptCode,
    /** The sender from which the server accepted the message; null if it did not, or if the sender is not known. */
    acceptedFrom: server.attemptOutcome === 'accepted' ? senderIn(server.attemptDecision) : null,
  }

const senderIn = (decision: unknown): string | null => {
  const { from } = Object(decision) as { from?: unknown }
  return typeof from === 'string' ? from : null
}

/** Name of the failover server that has taken over, unless its newest attempt since then failed as well. */
async function workingFailover(db: Db, { pausedAt, activeFailoverId, activeFailover }: ServerRow) {
  if (activeFailoverId === null || pausedAt === null) return null
  const [attempt] = await read(db)<{ outcome: string }>`/* prepared: attempt-since */
    SELECT "outcome" FROM "Attempt" WHERE "mailServerId" = ${activeFailoverId}::uuid AND "outcome" <> 'refused'
      AND "at" >= ${pausedAt}::timestamptz ORDER BY "at" DESC LIMIT 1`
  return attempt?.outcome === 'failed' ? null : activeFailover
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
export async function resumeAfterTest(tx: Tx, { id, pausedBy }: { id: string; pausedBy: string | null }, now: Date) {
  await wakeOthers(tx)
  if (pausedBy !== BY_DIAGNOSIS) return retryDeliveriesNow(tx, [id])
  await tx.mailServer.updateMany({ where: { id }, data: { ...NOT_PAUSED, retryNowCount: { increment: 1 } } })
  await appendAudit(tx, auditEntry('mail-server.resume', SYSTEM_CALLER, `mail-server:${id}`, { by: 'test' }), now)
}

export const NOT_PAUSED = {
  pausedAt: null,
  pausedBy: null,
  pauseCode: null,
  pauseVersion: null,
  nextProbeAt: null,
  pauseIsOwn: false,
}
