import type { Servers } from '..'
import type { PolicyFields } from '../draft'
import { parsePolicy } from '../fields'
import { whyNoIndividual } from '../individual'
import type { PolicyRules, Rule } from '../rules'
import { type Sending, verifiedSenders } from '../sender'

/** By a rule's id, whether its box for individual senders can do anything. Absent: its patterns do not parse. */
export type Coverage = Readonly<Record<string, boolean>>

/** Only Exchange is asked who may send as whom; where no mail server is saved there is nothing to hold a rule against. */
const isFree = (sending: Sending | null): boolean => sending?.server.type !== 'exchange-online-oauth2'

/** Of a rule about anyone, without a sender of its own. */
export const coversSomebody = (sending: Sending | null): boolean =>
  isFree(sending) || (sending !== null && verifiedSenders(sending).length > 0)

function isCovered({ senders, outcome }: Rule, servers: Servers): boolean {
  if (outcome.verdict === 'decline') return true
  const sending = servers(outcome.server)
  return sending === null || isFree(sending) || whyNoIndividual({ senders }, outcome, sending) !== 'not-verified'
}

/** Each rule by itself, since a draft is seldom without a mistake, and whatever it says of declining. */
export function coverageOf({ rules }: PolicyFields, servers: Servers): Coverage {
  const told = rules.flatMap((fields): [string, boolean][] => {
    const alone = { ...fields, name: 'x', verdict: 'allow', senderName: '' } as const
    const parsed = parsePolicy({ rules: [alone], otherwise: 'allow' })
    const rule = parsed.ok ? parsed.value.rules[0] : undefined
    return rule ? [[fields.id, isCovered(rule, servers)]] : []
  })
  return Object.fromEntries(told)
}

/** Rules whose box was just ticked although it could do nothing. One that was ticked before may have lost its proofs since. */
export function uncovered({ rules }: PolicyRules, before: PolicyRules | null, servers: Servers): Rule[] {
  const ticked = ({ outcome }: Rule) => outcome.verdict === 'allow' && outcome.individual
  const known = new Set((before?.rules ?? []).filter(ticked).map(({ id }) => id))
  return rules.filter((rule) => ticked(rule) && !known.has(rule.id) && !isCovered(rule, servers))
}
