import type { PolicyFields } from './draft'
import { parsePolicy } from './fields'
import { whyNoIndividual } from './individual'
import type { PolicyRules, Rule } from './rules'
import { type Sending, type Servers, verifiedSenders } from './sender'

/** By rule id, whether its box for individual senders can have an effect. A rule whose patterns do not parse is absent. */
export type Coverage = Readonly<Record<string, boolean>>

/** Only Exchange checks the sender. Without a saved mail server there is nothing to check a rule against. */
const acceptsAnySender = (sending: Sending | null): boolean => sending?.server.type !== 'exchange-online-oauth2'

/** Whether individual senders can work at this mail server for a rule that is about everyone and names no sender. */
export const canUseIndividualSenders = (sending: Sending | null): boolean =>
  acceptsAnySender(sending) || (sending !== null && verifiedSenders(sending).length > 0)

function isCovered({ senders, outcome }: Rule, servers: Servers): boolean {
  if (outcome.verdict === 'decline') return true
  const sending = servers(outcome.server)
  return (
    sending === null || acceptsAnySender(sending) || whyNoIndividual({ senders }, outcome, sending) !== 'not-verified'
  )
}

/** Looks at each rule alone and as if it allowed mail, because a draft seldom parses as a whole. */
export function coverageOf({ rules }: PolicyFields, servers: Servers): Coverage {
  const entries = rules.flatMap((fields): [string, boolean][] => {
    const alone = { ...fields, name: 'x', verdict: 'allow', senderName: '' } as const
    const parsed = parsePolicy({ rules: [alone], otherwise: 'allow' })
    const rule = parsed.ok ? parsed.value.rules[0] : undefined
    return rule ? [[fields.id, isCovered(rule, servers)]] : []
  })
  return Object.fromEntries(entries)
}

/**
 * Rules whose box was just ticked although it can have no effect. A box that was ticked before is left alone: its senders may
 * have lost their verification since.
 */
export function uncovered({ rules }: PolicyRules, before: PolicyRules | null, servers: Servers): Rule[] {
  const isTicked = ({ outcome }: Rule) => outcome.verdict === 'allow' && outcome.individual
  const tickedBefore = new Set((before?.rules ?? []).filter(isTicked).map(({ id }) => id))
  return rules.filter((rule) => isTicked(rule) && !tickedBefore.has(rule.id) && !isCovered(rule, servers))
}
