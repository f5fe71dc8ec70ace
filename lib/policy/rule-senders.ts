import type { PolicyFields } from './draft'
import { type Servers, sameAddress } from './sender'

/** What Exchange last answered about the sender of a rule with the current settings; `at` is null if it was not asked. */
export interface RuleSender {
  outcome: 'accepted' | 'refused' | 'unverified'
  /** ISO 8601, since previews travel as JSON. */
  at: string | null
}

/** By rule id. A rule without a sender is absent, and so is one whose mail server does not check senders. */
export type RuleSenders = Readonly<Record<string, RuleSender>>

export function ruleSenders({ rules }: PolicyFields, servers: Servers): RuleSenders {
  const entries = rules.flatMap(({ id, verdict, senderAddress, server }): [string, RuleSender][] => {
    const address = senderAddress.trim().toLowerCase()
    const sending = verdict === 'allow' && address !== '' ? servers(server || null) : null
    if (sending?.server.type !== 'exchange-online-oauth2' || sameAddress(address, sending.server.senderAddress))
      return []
    const result = sending.senders.get(address)?.lastResult ?? null
    return [[id, { outcome: result?.outcome ?? 'unverified', at: result?.at.toISOString() ?? null }]]
  })
  return Object.fromEntries(entries)
}
