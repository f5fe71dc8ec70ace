import type { PolicyFields } from '@/lib/policy/draft'

/** The part of the other draft to take: everything, one rule, or the default action. */
export type TakenPart = { what: 'all' } | { what: 'otherwise' } | { what: 'rule'; id: string }

export const takeValue = (part: TakenPart): string => `take:${part.what}:${part.what === 'rule' ? part.id : ''}`

export function takenPartOf(text: string): TakenPart | null {
  const [does, what, id = ''] = text.split(':')
  if (does !== 'take') return null
  if (what === 'all') return { what }
  if (what === 'otherwise') return { what }
  return what === 'rule' ? { what, id } : null
}

/** Takes a part of the other draft. A rule that the other draft lacks is removed; a new one is inserted at its place there. */
export function mergeTheirs(yours: PolicyFields, theirs: PolicyFields, part: TakenPart): PolicyFields {
  if (part.what === 'all') return theirs
  if (part.what === 'otherwise') return { ...yours, otherwise: theirs.otherwise }
  const at = theirs.rules.findIndex(({ id }) => id === part.id)
  const rule = theirs.rules[at]
  if (!rule) return { ...yours, rules: yours.rules.filter(({ id }) => id !== part.id) }
  return yours.rules.some(({ id }) => id === part.id)
    ? { ...yours, rules: yours.rules.map((each) => (each.id === part.id ? rule : each)) }
    : { ...yours, rules: yours.rules.toSpliced(Math.min(at, yours.rules.length), 0, rule) }
}
