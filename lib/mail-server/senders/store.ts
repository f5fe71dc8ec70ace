import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import type { SenderModel } from '../../db/generated/models'
import { literal } from '../../db/literal'
import { named } from '../../db/one-row'
import { SYSTEM_CALLER } from '../../kernel/actor'

import type { Clock } from '../../kernel/clock'
import { fail, ok } from '../../kernel/result'
import { RULE_WAY, SENDER_WAYS, type SenderObservation, type SenderWay } from '../../policy/sender'
import type { SenderResult, SendersStore, StoredSender } from './ports'

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
  how: SenderObservation['how']
  evidenceId: string
  at: Date
  refusal: { code: string; evidence: string } | null
  /** A rule's sender that nobody has entered is entered; else a sender that was removed meanwhile stays so. */
  enters: boolean
}

/**
 * Keeps the newest word on a sender. An older word than the one that is kept changes nothing: of a test and an attempt that run
 * at once the later one counts.
 * @returns whether the sender was verified before, under the same settings, or `older` if what was known stays.
 */
export async function recordSenderObservation(tx: Tx, seen: SenderSeen): Promise<'verified' | 'unverified' | 'older'> {
  const { mailServerId, address, digest, revision, how, evidenceId, at, refusal } = seen
  const key = address.toLowerCase()
  if (seen.enters)
    await tx.sender.createMany({
      data: [{ mailServerId, address: key, way: RULE_WAY, addedBy: SYSTEM_CALLER.actor.kind, addedAt: at }],
      skipDuplicates: true,
    })
  // Locked, so that of several attempts at once only the first one changes what was known.
  const [before] = await tx.$queryRaw<{ isVerified: boolean }[]>`
    SELECT coalesce("outcome" = 'accepted' AND "digest" = ${digest}, false) AS "isVerified" FROM "Sender"
    WHERE "mailServerId" = ${mailServerId}::uuid AND "address" = ${key} FOR UPDATE`
  const word = {
    ...{ digest, revision, how, evidenceId, at },
    ...{ outcome: refusal ? 'refused' : 'accepted', code: refusal?.code ?? null, evidence: refusal?.evidence ?? null },
  }
  const { count } = await tx.sender.updateMany({
    where: { mailServerId, address: key, OR: [{ at: null }, { at: { lte: at } }] },
    data: word,
  })
  if (count === 0) return 'older'
  await countSenderChange(tx, mailServerId)
  return before?.isVerified ? 'verified' : 'unverified'
}

/** Also holds the mail server's row, so that changes of its senders follow one another. */
const countSenderChange = (tx: Tx, id: string) =>
  tx.mailServer.updateMany({ where: { id }, data: { sendersVersion: { increment: 1 } } })

/** What an attempt told. An audit row is written when the sender becomes verified or ceases to be, not at every attempt. */
export function recordSenderResult(db: Db, told: SenderResult, now: Date): Promise<void> {
  const { mailServerId, address, digest, version, messageId, at, refusal, wasVerified } = told
  return db.$transaction(async (tx) => {
    const seen = { mailServerId, address, digest, revision: version, how: 'delivery', evidenceId: messageId } as const
    const before = await recordSenderObservation(tx, { ...seen, at, refusal, enters: !wasVerified })
    if (before !== (refusal ? 'verified' : 'unverified')) return
    const entry: AuditEntry = {
      action: refusal ? 'sender.lost' : 'sender.proven',
      ...SYSTEM_CALLER,
      result: 'done',
      subject: `sender:${address.toLowerCase()}`,
      details: { server: mailServerId, how: 'delivery', message: messageId, ...(refusal && { code: refusal.code }) },
    }
    await appendAudit(tx, entry, now)
  })
}

/** The senders of the mail servers, as people look after them. */
export function createSendersStore(db: Db, clock: Clock): SendersStore {
  /** One change with its audit row. Nothing is written where there is no such mail server. */
  const change = <T>(mailServerId: string, act: (tx: Tx) => Promise<T>): Promise<T | 'gone'> =>
    db.$transaction(async (tx) => {
      const where = { id: named(mailServerId), removedAt: null }
      const { count } = await tx.mailServer.updateMany({ where, data: { sendersVersion: { increment: 1 } } })
      return count === 0 ? 'gone' : act(tx)
    }, QUEUED)

  return {
    async search(mailServerId, { text, outcome, except }, { after, rows }) {
      const found = await db.sender.findMany({
        where: {
          mailServerId: named(mailServerId),
          address: { gt: after, notIn: [...except], ...(text !== '' && { contains: literal(text) }) },
          ...(outcome && { outcome: outcome === 'none' ? null : outcome }),
        },
        orderBy: { address: 'asc' },
        take: rows,
      })
      return found.map(storedOf)
    },

    async these(mailServerId, addresses) {
      const found = await db.sender.findMany({
        where: { mailServerId: named(mailServerId), address: { in: [...addresses] } },
      })
      return found.map(storedOf)
    },

    async add(mailServerId, { addresses, way, by, max }, audit) {
      const added = await change(mailServerId, async (tx) => {
        const where = { mailServerId, address: { in: [...addresses] } }
        const known = (await tx.sender.findMany({ where, select: { address: true } })).map(({ address }) => address)
        const next = addresses.filter((address) => !known.includes(address))
        if (next.length === 0) return next
        if ((await tx.sender.count({ where: { mailServerId } })) + next.length > max) return 'too-many'
        const addedAt = clock.now()
        await tx.sender.createMany({
          data: next.map((address) => ({ mailServerId, address, way, addedBy: by, addedAt })),
        })
        await appendAudit(tx, audit(next), addedAt)
        return next
      })
      return added === 'gone' || added === 'too-many' ? fail(added) : ok(added)
    },

    async note(mailServerId, { address, by }) {
      const row = { mailServerId, address, way: RULE_WAY, addedBy: by, addedAt: clock.now() }
      await db.sender.createMany({ data: [row], skipDuplicates: true })
    },

    async setWay(mailServerId, { address, from, to, by }, audit) {
      const done = await change(mailServerId, async (tx) => {
        const now = clock.now()
        const row = { mailServerId, address, way: RULE_WAY, addedBy: by, addedAt: now }
        if (from === RULE_WAY) await tx.sender.createMany({ data: [row], skipDuplicates: true })
        const { count } = await tx.sender.updateMany({
          where: { mailServerId, address: named(address), way: from },
          data: { way: to },
        })
        if (count === 0) return 'changed-meanwhile'
        await appendAudit(tx, audit, now)
        return 'done'
      })
      return done === 'done' ? ok(undefined) : fail(done)
    },

    async remove(mailServerId, address, audit) {
      const done = await change(mailServerId, async (tx) => {
        const { count } = await tx.sender.deleteMany({ where: { mailServerId, address: named(address) } })
        if (count === 1) await appendAudit(tx, audit, clock.now())
        return count === 1
      })
      return done === true ? ok(undefined) : fail('gone')
    },
  }
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
    word: labelOf(row),
  }
}

function labelOf({ outcome, at, how, revision, evidenceId, code, evidence }: SenderModel): SenderObservation | null {
  if (outcome !== 'accepted' && outcome !== 'refused') return null
  if (at === null || (how !== 'test' && how !== 'delivery') || revision === null || evidenceId === null) return null
  return { outcome, at, how, revision, evidenceId, code, evidence }
}
