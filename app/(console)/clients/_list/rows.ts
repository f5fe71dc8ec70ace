import { DAY_MS } from '@/lib/kernel'
import { type Client, clientState } from '@/lib/submission/client'

export type ListedClient = ReturnType<typeof listedClients>[number]

/** Refused clients first, then by name. */
export function listedClients(clients: readonly Client[], newest: ReadonlyMap<string, Date>, now: Date) {
  const rows = clients.map((client) => {
    const sentAt = newest.get(client.id) ?? null
    const hasSentToday = sentAt !== null && now.getTime() - sentAt.getTime() < DAY_MS
    return {
      client,
      /** When its newest message was accepted; null if none is stored. */
      sentAt,
      hasSentToday,
      state: clientState(client, sentAt, now),
    }
  })
  return [...rows.filter(({ state }) => state === 'refused'), ...rows.filter(({ state }) => state !== 'refused')]
}
