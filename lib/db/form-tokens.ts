import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, DAY_MS, MINUTE_MS } from '../kernel'
import { type Db, direct } from './client'
import type { Prisma } from './generated/client'

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

/** Stored while the operation runs: its request, by which the audit entry is found if it never answers. */
const running = (requestId: string) => ({ runsAs: requestId, isBrokenOff: false })
const runningIn = (answer: Prisma.JsonValue): { runsAs: string; isBrokenOff: boolean } | null =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer) && typeof answer.runsAs === 'string'
    ? { runsAs: answer.runsAs, isBrokenOff: answer.isBrokenOff === true }
    : null

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
  for (;;) {
    const stored = await db.formToken.findUnique({ where: { id: token.id } })
    // What it waited for was refused, so this post may be the next one.
    if (!stored) return claimFormToken(db, token, Math.max(0, until - performance.now()), clock)
    const open = runningIn(stored.answer)
    const isOver = open?.isBrokenOff || clock.now().getTime() - stored.createdAt.getTime() > DEAD_AFTER_MS
    const isLast = performance.now() >= until
    const audited = open && (isOver || isLast) ? await auditedAnswer(db, { ...stored, ...open }) : null
    if (open && isOver && audited === null) {
      const { id, createdAt } = stored
      const claimed = await db.formToken.updateMany({ where: { id, createdAt }, data })
      if (claimed.count === 1) return first(db, data)
    }
    if (stored.bodyHash !== token.bodyHash) return { kind: 'other-content' }
    const answer = open ? audited : stored.answer
    if (answer !== null) return { kind: 'repeated', answer }
    if (isLast) return { kind: 'running' }
    await pause(ASK_AGAIN_MS)
  }
}

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
  db: Db,
  { purpose, runsAs, createdAt }: { purpose: string; runsAs: string; createdAt: Date },
): Promise<Prisma.JsonValue> {
  const at = { gte: new Date(createdAt.getTime() - DATED_BEFORE_MS) }
  const row = await db.auditEvent.findFirst({
    where: { action: purpose, at, requestId: runsAs, NOT: { result: 'refused' } },
    select: { subject: true, details: true },
  })
  return row && { id: row.subject?.split(':').at(-1), ...Object(row.details) }
}
