import type { PolicyFields } from '@/lib/policy/draft'

/** What is taken of the other draft: everything, one rule by its id, or what happens when none matches. */
export type Taken = { what: 'all' } | { what: 'otherwise' } | { what: 'rule'; id: string }

export const takeText = (taken: Taken): string => `take:${taken.what}:${taken.what === 'rule' ? taken.id : ''}`

export function takenIn(text: string): Taken | null {
  const [does, what, id = ''] = text.split(':')
  if (does !== 'take') return null
  if (what === 'all') return { what }
  if (what === 'otherwise') return { what }
  return what === 'rule' ? { what, id } : null
}

/** A rule that the other draft has not is taken out; one that only it has comes to its own place there. */
export function mergeTheirs(yours: PolicyFields, theirs: PolicyFields, taken: Taken): PolicyFields {
  if (taken.what === 'all') return theirs
  if (taken.what === 'otherwise') return { ...yours, otherwise: theirs.otherwise }
  const at = theirs.rules.findIndex(({ id }) => id === taken.id)
  const rule = theirs.rules[at]
  if (!rule) return { ...yours, rules: yours.rules.filter(({ id }) => id !== taken.id) }
  return yours.rules.some(({ id }) => id === taken.id)
    ? { ...yours, rules: yours.rules.map((each) => (each.id === taken.id ? rule : each)) }
    : { ...yours, rules: yours.rules.toSpliced(Math.min(at, yours.rules.length), 0, rule) }
}
