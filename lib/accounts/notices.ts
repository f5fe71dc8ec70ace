import { z } from 'zod'
import type { Tx } from '../db'
import { MINUTE_MS } from '../kernel'
import type { AccountsDeps } from './deps'
import { openSealed, seal } from './sealed'
import { NOTICE_MINUTES } from './settings'
import { deleteNotice, putNotice, readSealedNotice } from './store/notices'

/**
 * Content that is shown once: backup codes, a set-up link, a calendar address, a signing key, a client's password. It must never be part of an
 * action's state or an address, because browsers keep both. It is stored here, sealed, until the operator confirms that they have it.
 */
const notice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('backup-codes'), codes: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('set-up-link'), email: z.string(), path: z.string() }),
  z.strictObject({ kind: z.literal('calendar-address'), name: z.string(), path: z.string() }),
  z.strictObject({
    kind: z.literal('client-secret'),
    clientId: z.string(),
    name: z.string(),
    login: z.string().nullable(),
    secret: z.string(),
  }),
  z.strictObject({ kind: z.literal('signing-key'), name: z.string(), key: z.string(), isRenewed: z.boolean() }),
])
export type Notice = z.output<typeof notice>

/** @returns null if there is none, and `unreadable` if it was stored under another session secret, as after a restore */
export async function readNotice(
  deps: AccountsDeps,
  operatorId: string,
): Promise<Notice | { kind: 'unreadable' } | null> {
  const sealed = await readSealedNotice(deps.db, operatorId, deps.clock.now())
  if (sealed === null) return null
  const content = openSealed(deps, sealed)
  return content === null ? { kind: 'unreadable' } : notice.parse(JSON.parse(content))
}

/** In the transaction that makes the content and writes the audit entry: neither is there without the other. */
export async function keepNotice(deps: AccountsDeps, tx: Tx, operatorId: string, content: Notice): Promise<void> {
  const expiresAt = new Date(deps.clock.now().getTime() + NOTICE_MINUTES * MINUTE_MS)
  await putNotice(tx, operatorId, seal(deps, JSON.stringify(content)), expiresAt)
}

/** Changes nothing of interest, so it leaves no audit entry. */
export const dropNotice = async (deps: AccountsDeps, operatorId: string): Promise<unknown> =>
  deleteNotice(deps.db, operatorId)
