import { type CompiledRule, compile, type Decision, decide, type Policy } from './decide'
import type { PolicyFields } from './draft'
import { parseAlone } from './fields'
import { type Matcher, matcherOf, subjectOf } from './pattern'
import type { Pattern, PolicyRules } from './rules'
import type { ServerLookup } from './sender'
import type { RecentMail } from './store'

/** What the rules decide about the messages of the last 24 hours. */
export type Impact = ReturnType<typeof impactOf>

/** An expression may cost a millisecond for each address, so messages that do not fit into this time are left out. */
const IMPACT_MS = 250

/** @param draft the saved rules themselves if nothing is being edited */
export function impactOf(
  mail: readonly RecentMail[],
  { saved, draft, servers }: { saved: PolicyRules; draft: PolicyRules; servers: ServerLookup },
) {
  const [before, after] = [remembering(saved), saved === draft ? null : remembering(draft)]
  const counts = { saved: new Map<string, number>(), draft: new Map<string, number>() }
  const endsAt = performance.now() + IMPACT_MS
  let [messages, undecided, different] = [0, 0, 0]
  for (const { originator, recipients, count } of mail) {
    if (performance.now() > endsAt) break
    const message = { originator: { address: originator, name: '' }, recipients }
    const was = decide(before, servers, message)
    const is = after ? decide(after, servers, message) : was
    messages += count
    if (is.every(({ by }) => by.kind !== 'rule')) undecided += count
    for (const [which, decisions] of [
      ['saved', was],
      ['draft', is],
    ] as const)
      for (const id of new Set(decisions.flatMap(({ by }) => (by.kind === 'rule' ? [by.id] : []))))
        counts[which].set(id, (counts[which].get(id) ?? 0) + count)
    if (is.some((decision, index) => effectOf(decision) !== effectOf(was[index]))) different += count
  }
  return {
    /** The messages that were evaluated. */
    messages,
    /** How many messages each rule decides, by its id: with the saved rules, and with the draft. A rule without any is absent. */
    saved: Object.fromEntries(counts.saved),
    draft: Object.fromEntries(counts.draft),
    /** How many messages no rule of the draft decides, for any recipient. */
    undecided,
    /** How many messages the draft would send differently. */
    different,
  }
}

const effectOf = (decision: Decision | undefined): string =>
  JSON.stringify(decision && [decision.server, decision.identity, decision.undecided])

/** The policy with matchers that match each address only once. */
function remembering(rules: PolicyRules): Policy {
  const { otherwise, rules: compiled } = compile(rules)
  const remember = (matches: Matcher | null): Matcher | null => {
    const known = new Map<string, boolean>()
    return (
      matches &&
      ((subject) => {
        const result = known.get(subject.address) ?? matches(subject)
        known.set(subject.address, result)
        return result
      })
    )
  }
  const rule = ({ matchesSender, matchesRecipient, ...rest }: CompiledRule): CompiledRule => ({
    ...rest,
    matchesSender: remember(matchesSender),
    matchesRecipient: remember(matchesRecipient),
  })
  return { otherwise, rules: compiled.map(rule) }
}

/** An address that the patterns of a field match, and one that they do not. Null if none is known. */
export interface Example {
  match: string | null
  miss: string | null
}

/** Examples by the id of their rule. A field that is empty or that does not parse is absent. */
export type Examples = Readonly<Record<string, Partial<Record<'senders' | 'recipients', Example>>>>

/** Addresses that the reader has typed into the simulator come before those of messages. */
export interface Tried {
  originator: string
  recipients: string
}

const CANDIDATES_MAX = 200

/** Examples for each field of patterns, from the simulator and from recent messages, and otherwise from the patterns themselves. */
export function examplesOf({ rules }: PolicyFields, mail: readonly RecentMail[], tried: Tried): Examples {
  const typed = (text: string) => text.split(/[\s,;]+/u).filter((each) => /^[^@]+@[^@]+$/u.test(each))
  const distinct = (addresses: string[]) => [...new Set(addresses)].slice(0, CANDIDATES_MAX)
  const candidates = {
    senders: distinct([...typed(tried.originator), ...mail.map(({ originator }) => originator)]),
    recipients: distinct([...typed(tried.recipients), ...mail.flatMap(({ recipients }) => recipients)]),
  }
  return Object.fromEntries(
    rules.map((fields) => {
      const ofSide = (side: 'senders' | 'recipients'): [typeof side, Example][] => {
        const other = side === 'senders' ? 'recipients' : 'senders'
        // As a rule that declines, because the rest of it may not be valid yet.
        const patterns = parseAlone(fields, { verdict: 'decline', [other]: '' })?.[side] ?? []
        return patterns.length === 0 ? [] : [[side, exampleOf(patterns, candidates[side])]]
      }
      return [fields.id, Object.fromEntries([...ofSide('senders'), ...ofSide('recipients')])]
    }),
  )
}

function exampleOf(patterns: readonly Pattern[], candidates: readonly string[]): Example {
  const matchers = patterns.map(matcherOf)
  const matches = (address: string) => matchers.some((match) => match(subjectOf(address)))
  const examples = patterns.map(examplesIn)
  return {
    match: [...candidates, ...examples.flatMap(({ match }) => match)].find(matches) ?? null,
    miss: [...candidates, ...examples.flatMap(({ miss }) => miss)].find((address) => !matches(address)) ?? null,
  }
}

/** Addresses that show where a pattern ends. A regular expression has none. */
function examplesIn(pattern: Pattern): { match: string[]; miss: string[] } {
  switch (pattern.kind) {
    case 'address':
      return { match: [pattern.address], miss: [`info@${subjectOf(pattern.address).domain}`, 'info@litware.example'] }
    case 'local-part': {
      const { start, end, domain } = pattern
      return { match: [`${start}1${end}@${domain}`], miss: [`info@${domain}`, 'info@litware.example'] }
    }
    case 'domain':
      return { match: [`info@${pattern.domain}`], miss: [`info@mail.${pattern.domain}`, 'info@litware.example'] }
    case 'domain-tree':
      return { match: [`info@mail.${pattern.domain}`], miss: [`info@not-${pattern.domain}`, 'info@litware.example'] }
    case 'regex':
      return { match: [], miss: [] }
  }
}
