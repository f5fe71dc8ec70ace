import { DAY_MS } from '../kernel/time'
import type { Client } from './client'

/** An enabled client that was seen, but not within this time, is silent. A refusal is current for as long. */
export const SILENT_AFTER_MS = 7 * DAY_MS

/**
 * `refused`: its newest attempt was refused. `active`: seen within 7 days. `silent`: seen, but not within 7 days. `unused`: never seen.
 * `over`: an API key that has expired.
 */
export const CLIENT_STATES = ['refused', 'active', 'silent', 'unused', 'over', 'disabled'] as const
export type ClientState = (typeof CLIENT_STATES)[number]

/** @param sentAt when its newest message was accepted; null if there is none */
export function clientState(
  client: Pick<Client, 'disabledAt' | 'expiresAt' | 'lastSeenAt' | 'lastErrorAt'>,
  sentAt: Date | null,
  now: Date,
): ClientState {
  const { disabledAt, expiresAt, lastSeenAt, lastErrorAt } = client
  const isRecent = (at: Date | null) => at !== null && now.getTime() - at.getTime() < SILENT_AFTER_MS
  if (disabledAt) return 'disabled'
  if (expiresAt && expiresAt <= now) return 'over'
  if (isRecent(lastErrorAt) && Number(lastErrorAt) > Number(sentAt)) return 'refused'
  if (isRecent(lastSeenAt) || isRecent(sentAt)) return 'active'
  return lastSeenAt === null && sentAt === null ? 'unused' : 'silent'
}
