/** One sender that used a password, with what is known of it. Days are `YYYY-MM-DD`. */
export interface SenderUse {
  /** The newest report that contains it with messages. */
  lastSeen: { from: string; until: string; messages: number; lastUse: string | null } | null
  /** The client that it was linked to; null if it was not. */
  client: { firstMessage: string | null } | null
}

/** The days that the newest report covers. */
export interface Period {
  from: string
  until: string
}

/**
 * How far a sender has moved away from its password. Only traffic decides.
 *
 * - `unused`: no report shows a message.
 * - `open`: it uses a password, and no client is linked.
 * - `linked`: its client has not sent anything yet.
 * - `unconfirmed`: its client sends, and no report covers the time since.
 * - `both`: its client sends, and a later report still shows a use of the password.
 * - `moved`: its client sends, and a later report shows no use of the password.
 */
export const PROGRESS = ['both', 'open', 'linked', 'unconfirmed', 'moved', 'unused'] as const
export type Progress = (typeof PROGRESS)[number]

/** @param newest null if there is no report yet */
export function progressOf({ lastSeen, client }: SenderUse, newest: Period | null): Progress {
  const firstMessage = client?.firstMessage ?? null
  if (firstMessage === null) {
    if (client) return 'linked'
    return lastSeen ? 'open' : 'unused'
  }
  // A use on the day of the first message may have been before it.
  const usedSince =
    lastSeen && (lastSeen.lastUse === null ? lastSeen.from > firstMessage : lastSeen.lastUse > firstMessage)
  if (usedSince) return 'both'
  return newest && newest.from > firstMessage ? 'moved' : 'unconfirmed'
}
