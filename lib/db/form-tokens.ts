import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../kernel/clock'
import type { Db } from './client'
import { Prisma } from './generated/client'

/** What became of a form's one-time token. `answer` is whatever the first use finished with. */
export type Claim =
  | { kind: 'first'; finish(answer: unknown): Promise<void>; abandon(): Promise<void> }
  | { kind: 'repeated'; answer: unknown }
  | { kind: 'running' }
  | { kind: 'other-content' }

const ASK_AGAIN_MS = 150
/**
 * Longer than any deed takes, the longest being a test's 30 seconds and its storing: whoever claimed a token this long ago and
 * has not answered is gone.
 */
const DEAD_AFTER_MS = 60_000

/** While the deed runs: the request that does it, by which its audit row is found should it never answer. */
const running = (requestId: string) => ({ runsAs: requestId })
const requestIn = (answer: Prisma.JsonValue): string | null =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer) && typeof answer.runsAs === 'string'
    ? answer.runsAs
    : null

export interface FormTokenUse {
  id: string
  /** The audit action that the deed writes together with what it does. */
  purpose: string
  bodyHash: string
  /** As the audit row names it. */
  requestId: string
}

/**
 * Claims a token by inserting its row: of any number at once the database lets one through. The others wait up to
 * `waitMs` for that one's answer; `running` when it is not there by then. A process that died between the deed and its answer
 * leaves a token alone: the audit row, written with the deed, then tells what happened, and without one nothing did.
 */
export async function claimFormToken(db: Db, token: FormTokenUse, waitMs: number, clock: Clock): Promise<Claim> {
  const { requestId, ...row } = token
  const data = { ...row, answer: running(requestId), createdAt: clock.now() }
  const { count } = await db.formToken.createMany({ data: [data], skipDuplicates: true })
  if (count === 1) return first(db, token.id)
  const until = performance.now() + waitMs
  for (;;) {
    const found = await db.formToken.findUnique({ where: { id: token.id } })
    if (!found) return { kind: 'running' }
    if (found.bodyHash !== token.bodyHash || found.purpose !== token.purpose) return { kind: 'other-content' }
    const doneBy = requestIn(found.answer)
    if (doneBy === null && found.answer !== null) return { kind: 'repeated', answer: found.answer }
    if (clock.now().getTime() - found.createdAt.getTime() > DEAD_AFTER_MS) {
      const told = doneBy && (await toldOf(db, { ...found, requestId: doneBy }))
      if (told) return { kind: 'repeated', answer: told }
      const { id, createdAt } = found
      const taken = await db.formToken.updateMany({ where: { id, createdAt }, data })
      if (taken.count === 1) return first(db, id)
    }
    if (performance.now() >= until) return { kind: 'running' }
    await pause(ASK_AGAIN_MS)
  }
}

function first(db: Db, id: string): Claim {
  const where = { id }
  return {
    kind: 'first',
    finish: async (answer) => {
      await db.formToken.updateMany({
        where,
        data: { answer: answer === null ? Prisma.JsonNull : (answer as Prisma.InputJsonValue) },
      })
    },
    abandon: async () => {
      await db.formToken.deleteMany({ where })
    },
  }
}

/** What the deed's own row says, e.g. the version it saved; null when there is none. */
async function toldOf(
  db: Db,
  { purpose, requestId, createdAt }: { purpose: string; requestId: string; createdAt: Date },
): Promise<Prisma.JsonValue> {
  const row = await db.auditEvent.findFirst({
    where: { action: purpose, at: { gte: createdAt }, requestId, NOT: { result: 'refused' } },
    select: { details: true },
  })
  return row?.details ?? null
}
