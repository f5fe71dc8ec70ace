import { matcherOf, type Pattern, subjectOf } from './pattern'
import type { Rule } from './rules'

/** The senders or the recipients of a rule. An empty list matches anyone. */
type Patterns = readonly Pattern[]

const under = (domain: string, above: string): boolean => domain === above || domain.endsWith(`.${above}`)
const matches = (pattern: Pattern, address: string): boolean => matcherOf(pattern)(subjectOf(address))

/** Whether `a` matches every address that `b` matches. Of two regular expressions this is known only if they are equal. */
function patternCovers(a: Pattern, b: Pattern): boolean {
  switch (b.kind) {
    case 'address':
      return matches(a, b.address)
    case 'domain':
      return (a.kind === 'domain' && a.domain === b.domain) || (a.kind === 'domain-tree' && under(b.domain, a.domain))
    case 'domain-tree':
      return a.kind === 'domain-tree' && under(b.domain, a.domain)
    case 'regex':
      return a.kind === 'regex' && a.source === b.source
  }
}

/** Whether some address is matched by both. A regular expression is only compared with single addresses. */
function patternsMeet(a: Pattern, b: Pattern): boolean {
  if (patternCovers(a, b) || patternCovers(b, a)) return true
  return (
    a.kind === 'domain-tree' && b.kind === 'domain-tree' && (under(a.domain, b.domain) || under(b.domain, a.domain))
  )
}

const listCovers = (a: Patterns, b: Patterns): boolean =>
  a.length === 0 || (b.length > 0 && b.every((each) => a.some((pattern) => patternCovers(pattern, each))))

const listsMeet = (a: Patterns, b: Patterns): boolean =>
  a.length === 0 || b.length === 0 || a.some((pattern) => b.some((each) => patternsMeet(pattern, each)))

type Sides = Pick<Rule, 'senders' | 'recipients'>

/** Whether `a` matches every message that `b` matches. */
export const covers = (a: Sides, b: Sides): boolean =>
  listCovers(a.senders, b.senders) && listCovers(a.recipients, b.recipients)

/** Whether some message is matched by both. */
export const meet = (a: Sides, b: Sides): boolean =>
  listsMeet(a.senders, b.senders) && listsMeet(a.recipients, b.recipients)
