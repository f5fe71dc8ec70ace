import { appendAudit, auditEntry } from '../../audit'
import { type Db, type DbDeps, inOneStep, named, read, rollBack, type Tx } from '../../db'
import type { SenderModel } from '../../db/generated/models'
import { pick, type Result, SYSTEM_CALLER } from '../../kernel'
import { RULE_WAY, SENDER_WAYS, type SenderObservation, type SenderWay } from '../../policy/sender'

/** A number that changes with every change of a mail server's senders or of their results. Null if there is no such mail server. */
export async function sendersVersion(db: Db, mailServerId: string): Promise<number | null> {
  const [row] = await read(db)<{ sendersVersion: number }>`/* prepared: senders-version */
    SELECT "sendersVersion" FROM "MailServer" WHERE "id" = ${mailServerId}::uuid`
  return row?.sendersVersion ?? null
}

export async function readSenders(db: Db | Tx, mailServerId: string): Promise<StoredSender[]> {
  const rows = await db.sender.findMany({ where: { mailServerId }, orderBy: { address: 'asc' } })
  return rows.map(storedOf)
}

export async function loadSenders(db: Db, mailServerId: string, addresses: readonly string[]): Promise<StoredSender[]> {
  const where = { mailServerId: named(mailServerId), address: { in: [...addresses] } }
  return (await db.sender.findMany({ where })).map(storedOf)
}

/** Makes sure that a rule's sender has a row for its result. It leaves no audit entry, because no one decided anything. */
export const ensureSender = (
  db: Db | Tx,
  sender: Pick<SenderModel, 'mailServerId' | 'address' | 'addedBy' | 'addedAt'>,
): Promise<unknown> => db.sender.createMany({ data: [{ ...sender, way: RULE_WAY }], skipDuplicates: true })

/** One change of a mail server's senders, in one transaction. Refused if there is no such mail server. */
export const changeSenders = <T, Fault>(
  { db }: DbDeps,
  mailServerId: string,
  act: (tx: Tx) => Promise<T>,
): Promise<Result<T, Fault | { kind: 'gone' }>> =>
  inOneStep(db, async (tx) => {
    const where = { id: named(mailServerId), removedAt: null }
    const { count } = await tx.mailServer.updateMany({ where, data: { sendersVersion: { increment: 1 } } })
    return count === 0 ? rollBack({ kind: 'gone' }) : act(tx)
  })

export interface SenderEvidenceRecord {
  mailServerId: string
  address: string
  digest: string
  revision: number
  how: SenderObservation['how']
  evidenceId: string
  at: Date
  /** Null if the server accepted the message. */
  refusal: { code: string; evidence: string } | null
  /** Whether a rule's sender that no one has entered gets a row; without it, a sender that was removed stays removed. */
  enters: boolean
}

/**
 * Records the newest result of a sender. An older one changes nothing, so that of a test and an attempt at the same time the later
 * one counts.
 *
 * @returns whether the sender was verified before with the same settings, or `older` if nothing was changed
 */
export async function recordSenderObservation(tx: Tx, evidence: SenderEvidenceRecord) {
  const { mailServerId, address, digest, at, refusal } = evidence
  const key = address.toLowerCase()
  if (evidence.enters)
    await ensureSender(tx, { mailServerId, address: key, addedBy: SYSTEM_CALLER.actor.kind, addedAt: at })
  // The lock lets only the first of several attempts at the same time change what was known.
  const [before] = await tx.$queryRaw<{ isVerified: boolean }[]>`
    SELECT coalesce("outcome" = 'accepted' AND "digest" = ${digest}, false) AS "isVerified" FROM "Sender"
    WHERE "mailServerId" = ${mailServerId}::uuid AND "address" = ${key} FOR UPDATE`
  const result = {
    ...pick(evidence, 'digest', 'revision', 'how', 'evidenceId', 'at'),
    outcome: refusal ? 'refused' : 'accepted',
    code: refusal?.code ?? null,
    evidence: refusal?.evidence ?? null,
  }
  const { count } = await tx.sender.updateMany({
    where: { mailServerId, address: key, OR: [{ at: null }, { at: { lte: at } }] },
    data: result,
  })
  if (count === 0) return 'older'
  // This also locks the mail server's row, so that changes of its senders follow one another.
  await tx.mailServer.updateMany({ where: { id: mailServerId }, data: { sendersVersion: { increment: 1 } } })
  return before?.isVerified ? 'verified' : 'unverified'
}

/** What a delivery attempt showed of a sender. It does not enter one that was used because it was verified. */
export type SenderResult = Omit<SenderEvidenceRecord, 'how'>

/** Records what an attempt showed. There is an audit entry only when the sender becomes verified, or no longer is. */
export function recordSenderResult(db: Db, result: SenderResult, now: Date): Promise<void> {
  const { mailServerId, address, evidenceId: message, refusal } = result
  return db.$transaction(async (tx) => {
    const before = await recordSenderObservation(tx, { ...result, how: 'delivery' })
    if (before !== (refusal ? 'verified' : 'unverified')) return
    const details = {
      server: mailServerId,
      how: 'delivery',
      message,
      ...(refusal && { code: refusal.code }),
    }
    const action = refusal ? 'sender.lost' : 'sender.proven'
    await appendAudit(tx, auditEntry(action, SYSTEM_CALLER, `sender:${address.toLowerCase()}`, details), now)
  })
}

/** Length of a digest that version 0.1 stored. It was keyed, so that with another sealing key no sender was verified any more. */
const KEYED_CHARS = 22

export const sendersWithKeyedDigest = (db: Db): Promise<(SenderModel & { settings: unknown })[]> => db.$queryRaw`
  SELECT s.*, m."settings" FROM "Sender" s JOIN "MailServer" m ON m."id" = s."mailServerId"
  WHERE length(s."digest") = ${KEYED_CHARS}`

/** Unless there is a newer result. */
export async function replaceDigest(
  db: Db,
  where: Pick<SenderModel, 'mailServerId' | 'address' | 'digest'>,
  digest: string,
): Promise<void> {
  await db.sender.updateMany({ where, data: { digest } })
}

const isWay = (text: string): text is SenderWay => SENDER_WAYS.some((way) => way === text)

export type StoredSender = ReturnType<typeof storedOf>

/** A stored way that this version does not know verifies nothing. */
const storedOf = (row: SenderModel) => ({
  ...pick(row, 'address', 'addedBy', 'addedAt'),
  way: isWay(row.way) ? row.way : ('send-as' as const),
  /** Identifies the settings that the result is about. */
  digest: isWay(row.way) ? row.digest : null,
  result: resultOf(row),
})

function resultOf({ outcome, at, how, revision, evidenceId, code, evidence }: SenderModel): SenderObservation | null {
  if (outcome !== 'accepted' && outcome !== 'refused') return null
  if (at === null || (how !== 'test' && how !== 'delivery') || revision === null || evidenceId === null) return null
  return { outcome, at, how, revision, evidenceId, code, evidence }
}
