import { setTimeout as pause } from 'node:timers/promises'
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
 * Claims a token by inserting its row: of any number at once the database lets one through. The others wait up to
 * `waitMs` for that one's answer; `running` when it is not there by then.
 */
export async function claimFormToken(
  db: Db,
  token: { id: string; purpose: string; bodyHash: string },
  waitMs: number,
): Promise<Claim> {
  const { count } = await db.formToken.createMany({ data: [token], skipDuplicates: true })
  if (count === 1) {
    const where = { id: token.id }
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
  const until = performance.now() + waitMs
  for (;;) {
    const found = await db.formToken.findUnique({ where: { id: token.id } })
    if (!found) return { kind: 'running' }
    if (found.bodyHash !== token.bodyHash || found.purpose !== token.purpose) return { kind: 'other-content' }
    if (found.answer !== null) return { kind: 'repeated', answer: found.answer }
    if (performance.now() >= until) return { kind: 'running' }
    await pause(ASK_AGAIN_MS)
  }
}
