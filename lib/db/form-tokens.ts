import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type Clock, DAY_MS, MINUTE_MS } from '../kernel'
import { type Db, direct, type Tx } from './client'
import type { Prisma } from './generated/client'
import { isAbsent, ownNumber } from './living-consoles'
import { CHAIN_LOCK } from './locks'

/** What became of a form's one-time token. `answer` is whatever the first use finished with. */
export type Claim =
  | {
      kind: 'first'
      finish(answer: unknown): Promise<void>
      /** Nothing happened: the token is free again. */
      abandon(): Promise<void>
      /** It is not known whether it happened: a connection may be lost after the commit. The audit log will say it. */
      breakOff(): Promise<void>
    }
  | { kind: 'repeated'; answer: unknown }
  | { kind: 'running' }
  | { kind: 'other-content' }

const ASK_AGAIN_MS = 150
/** Longer than any operation takes. A process that claimed a token this long ago and has not answered is gone. */
const DEAD_AFTER_MS = 10 * MINUTE_MS
/** A console that lives is seen again sooner, after it lost the session by which it is seen. */
const GONE_AFTER_MS = 5_000

/** Stored in place of the answer while the operation runs. */
const RUNNING = z.object({
  /** By which the audit entry is found if the operation never answers. */
  runsAs: z.string(),
  /** The number of the console; null if others cannot see whether it lives. */
  runsIn: z.number().nullable().catch(null),
  isBrokenOff: z.boolean().catch(false),
})

const running = (requestId: string) => ({ runsAs: requestId, runsIn: ownNumber() ?? null, isBrokenOff: false })
const runningIn = (answer: Prisma.JsonValue) => RUNNING.safeParse(answer).data ?? null

export interface FormTokenUse {
  /** A digest of the purpose too, so that no other purpose has it. */
  id: string
  purpose: string
  bodyHash: string
  /** As in the audit entry. */
  requestId: string
}

/**
 * Claims a token by inserting its row. The database lets one of several simultaneous claims through. The others wait up to `waitMs`
 * for its answer, and get `running` if there is none by then. A process may die between the operation and its answer, or the operation may
 * break off. Then the audit entry, which is written with the operation, shows what happened; without one nothing happened, or not yet.
 */
export async function claimFormToken(db: Db, token: FormTokenUse, waitMs: number, clock: Clock): Promise<Claim> {
  const { requestId, ...row } = token
  const data = { ...row, answer: running(requestId), createdAt: clock.now() }
  const inserted = await direct(db)`/* prepared: form-token */
    INSERT INTO "FormToken" ("id", "purpose", "bodyHash", "answer", "createdAt")
    VALUES (${data.id}, ${data.purpose}, ${data.bodyHash}, ${JSON.stringify(data.answer)}::jsonb, ${data.createdAt}::timestamptz)
    ON CONFLICT DO NOTHING RETURNING "id"`
  if (inserted.length === 1) return first(db, data)
  const until = performance.now() + waitMs
  let seenMs = clock.monotonicMs()
  for (;;) {
    const stored = await db.formToken.findUnique({ where: { id: token.id } })
    // What it waited for was refused, so this post may be the next one.
    if (!stored) return claimFormToken(db, token, Math.max(0, until - performance.now()), clock)
    const open = runningIn(stored.answer)
    const lives = !open?.runsIn || open.runsIn === ownNumber() || !(await isAbsent(db, open.runsIn))
    if (lives) seenMs = clock.monotonicMs()
    const isGone = clock.monotonicMs() - seenMs > GONE_AFTER_MS
    const isOver = isGone || open?.isBrokenOff || clock.now().getTime() - stored.createdAt.getTime() > DEAD_AFTER_MS
    const isLast = performance.now() >= until
    const audited = open && (isOver || isLast) ? await auditedAnswer(db, { ...stored, ...open }) : null
    if (open && isOver && audited === null && (await takenOver(db, { ...stored, ...open }, data)))
      return first(db, data)
    if (stored.bodyHash !== token.bodyHash) return { kind: 'other-content' }
    const answer = open ? audited : stored.answer
    if (answer !== null) return { kind: 'repeated', answer }
    if (isLast) return { kind: 'running' }
    await pause(ASK_AGAIN_MS)
  }
}

type OpenClaim = { id: string; purpose: string; runsAs: string; createdAt: Date; answer: Prisma.JsonValue }

/**
 * Under the lock of the audit log: a commit that waits for a standby is not visible before, though its process may be gone. Another post that
 * has taken it over may have done so within the millisecond of the claim, but it wrote another answer.
 */
const takenOver = (
  db: Db,
  { id, createdAt, answer, ...open }: OpenClaim,
  data: Prisma.FormTokenUpdateInput,
): Promise<boolean> =>
  db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`
    if ((await auditedAnswer(tx, { createdAt, ...open })) !== null) return false
    const where = { id, createdAt, answer: { equals: answer ?? {} } }
    return (await tx.formToken.updateMany({ where, data })).count === 1
  })

type OwnClaim = Pick<FormTokenUse, 'id'> & { answer: ReturnType<typeof running>; createdAt: Date }

/** Recognises its own claim by the time: another post may have taken it for dead, and then the later claim is left alone. */
function first(db: Db, { id, createdAt, answer: open }: OwnClaim): Claim {
  const thisClaim = { where: { id, createdAt } }
  return {
    kind: 'first',
    finish: async (answer) => {
      await direct(db)`/* prepared: form-token-answer */
        UPDATE "FormToken" SET "answer" = ${JSON.stringify(answer)}::jsonb
        WHERE "id" = ${id} AND "createdAt" = ${createdAt}::timestamptz`
    },
    abandon: async () => {
      await db.formToken.deleteMany(thisClaim)
    },
    breakOff: async () => {
      await db.formToken.updateMany({ ...thisClaim, data: { answer: { ...open, isBrokenOff: true } } })
    },
  }
}

/** How much earlier than the claim its audit entry may be dated: by a process whose clock differs, or before the database's clock was set. */
const DATED_BEFORE_MS = DAY_MS

/** What the audit entry of the operation says, e.g. the version that it saved, and the `id` of its subject; null if there is none. */
async function auditedAnswer(
  db: Db | Tx,
  { purpose, runsAs, createdAt }: Omit<OpenClaim, 'id' | 'answer'>,
): Promise<Prisma.JsonValue> {
  const at = { gte: new Date(createdAt.getTime() - DATED_BEFORE_MS) }
  const row = await db.auditEvent.findFirst({
    where: { action: purpose, at, requestId: runsAs, NOT: { result: 'refused' } },
    select: { subject: true, details: true },
  })
  return row && { id: row.subject?.split(':').at(-1), ...Object(row.details) }
}
