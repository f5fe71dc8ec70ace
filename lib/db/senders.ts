import type { AuditEntry } from '../audit/entry'
import { THE_CLOCK } from '../outbox/entry'
import type { SenderTold } from '../outbox/ports'
import { SENDER_WAYS, type SenderWay, type SenderWord } from '../policy/sender'
import { appendAudit } from './audit'
import type { Db, Tx } from './client'
import type { SenderModel } from './generated/models'

/** A sender as it is stored; what is said of it holds under the settings that `digest` is of. */
export interface StoredSender {
  address: string
  way: SenderWay
  addedBy: string
  addedAt: Date
  digest: string | null
  word: SenderWord | null
}

/** Changes with every change of a server's senders, or of what is known of them. Null: there is no such server. */
export async function sendersVersion(db: Db, mailServerId: string): Promise<number | null> {
  const row = await db.mailServer.findUnique({ where: { id: mailServerId }, select: { sendersVersion: true } })
  return row?.sendersVersion ?? null
}

/** By address. What cannot be read (F-54) proves nothing. */
export async function readSenders(db: Db | Tx, mailServerId: string): Promise<StoredSender[]> {
  const rows = await db.sender.findMany({ where: { mailServerId }, orderBy: { address: 'asc' } })
  return rows.map(storedOf)
}

/** What was seen of a sender, by a test or a delivered mail. */
export interface SenderSeen {
  mailServerId: string
  address: string
  digest: string
  revision: number
  how: SenderWord['how']
  evidenceId: string
  at: Date
  refusal: { code: string; evidence: string } | null
}

/**
 * Keeps the newest word on a sender. A rule's sender that nobody has entered here is, as mail left by it. An older word than
 * the one that is kept changes nothing: of a test and an attempt that run at once the later one counts.
 * @returns whether it changed what was known.
 */
export async function keepSenderWord(tx: Tx, seen: SenderSeen): Promise<boolean> {
  const { mailServerId, address, digest, revision, how, evidenceId, at, refusal } = seen
  const key = address.toLowerCase()
  await tx.sender.createMany({
    data: [{ mailServerId, address: key, way: 'send-as', addedBy: THE_CLOCK.actor.kind, addedAt: at }],
    skipDuplicates: true,
  })
  const word = {
    ...{ digest, revision, how, evidenceId, at },
    ...{ outcome: refusal ? 'refused' : 'accepted', code: refusal?.code ?? null, evidence: refusal?.evidence ?? null },
  }
  const { count } = await tx.sender.updateMany({
    where: { mailServerId, address: key, OR: [{ at: null }, { at: { lte: at } }] },
    data: word,
  })
  if (count === 1) await countSenderChange(tx, mailServerId)
  return count === 1
}

export const countSenderChange = (tx: Tx, id: string) =>
  tx.mailServer.updateMany({ where: { id }, data: { sendersVersion: { increment: 1 } } })

/** What an attempt told, with its audit row. */
export function noteSender(db: Db, told: SenderTold, now: Date): Promise<void> {
  const { mailServerId, address, digest, version, messageId, at, refusal } = told
  return db.$transaction(async (tx) => {
    const seen = { mailServerId, address, digest, revision: version, how: 'delivery', evidenceId: messageId } as const
    if (!(await keepSenderWord(tx, { ...seen, at, refusal }))) return
    const entry: AuditEntry = {
      action: refusal ? 'sender.lost' : 'sender.proven',
      ...THE_CLOCK,
      result: 'done',
      subject: `sender:${address.toLowerCase()}`,
      details: { how: 'delivery', message: messageId, ...(refusal && { code: refusal.code }) },
    }
    await appendAudit(tx, entry, now)
  })
}

const isWay = (text: string): text is SenderWay => SENDER_WAYS.some((way) => way === text)

function storedOf(row: SenderModel): StoredSender {
  const { address, way, addedBy, addedAt, digest } = row
  return {
    address,
    way: isWay(way) ? way : 'send-as',
    addedBy,
    addedAt,
    digest: isWay(way) ? digest : null,
    word: wordOf(row),
  }
}

function wordOf({ outcome, at, how, revision, evidenceId, code, evidence }: SenderModel): SenderWord | null {
  if (outcome !== 'accepted' && outcome !== 'refused') return null
  if (at === null || (how !== 'test' && how !== 'delivery') || revision === null || evidenceId === null) return null
  return { outcome, at, how, revision, evidenceId, code, evidence }
}
