import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import { z } from 'zod'
import type { AccountsDeps } from './deps'
import type { SignInChange } from './ports'
import { NOTICE_MINUTES } from './settings'

/**
 * What is shown once: backup codes, a set-up link, a calendar address, a signing key. It must never travel in an action's state or an address, both of which
 * browsers keep; so it waits here, sealed, for the page that shows it to that operator, until they say they have it.
 */
const notice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('backup-codes'), codes: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('set-up-link'), email: z.string(), path: z.string() }),
  z.strictObject({ kind: z.literal('calendar-address'), name: z.string(), path: z.string() }),
  z.strictObject({ kind: z.literal('signing-key'), name: z.string(), key: z.string(), isRenewed: z.boolean() }),
])
export type Notice = z.output<typeof notice>

export async function putNotice(
  room: AccountsDeps,
  change: SignInChange,
  operatorId: string,
  content: Notice,
): Promise<void> {
  const sealed = await symmetricEncrypt({ key: room.settings.secret.reveal(), data: JSON.stringify(content) })
  await change.putNotice(operatorId, sealed, new Date(room.clock.now().getTime() + NOTICE_MINUTES * 60_000))
}

export async function readNotice(room: AccountsDeps, operatorId: string): Promise<Notice | null> {
  const sealed = await room.database.tables.notice(operatorId, room.clock.now())
  if (sealed === null) return null
  return notice.parse(JSON.parse(await symmetricDecrypt({ key: room.settings.secret.reveal(), data: sealed })))
}

/** For what another room made; its own audit row tells of it. */
export const keepNotice = (room: AccountsDeps, operatorId: string, content: Notice): Promise<void> =>
  room.database.transaction((change) => putNotice(room, change, operatorId, content))

/** Nothing that is told happens here, so it leaves no audit row. */
export const dropNotice = (room: AccountsDeps, operatorId: string): Promise<void> =>
  room.database.transaction((change) => change.dropNotice(operatorId))
