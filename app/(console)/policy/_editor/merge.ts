import { pick } from '@/lib/kernel'
import { EMPTY_RULE, type PolicyFields, type RuleFields } from '@/lib/policy/draft'

/** The part of the other draft to take: everything, these fields of one rule, or the default action. */
export interface TakenPart {
  what: 'all' | 'otherwise' | 'rule'
  id: string
  fields: RuleField[]
}
type RuleField = keyof RuleFields

const FIELDS = Object.keys(EMPTY_RULE) as RuleField[]

/** The button that brings back the draft that was in conflict. Only scripts know it. */
export const TAKE_BACK = 'take-back'

export const takeValue = ({ what, id = '', fields = [] }: Pick<TakenPart, 'what'> & Partial<TakenPart>): string =>
  `take:${what}:${id}:${fields}`

export function takenPartOf(text: string): TakenPart | null {
  const [does, wanted, id = '', fields = ''] = text.split(':')
  const what = (['all', 'otherwise', 'rule'] as const).find((known) => known === wanted)
  if (does !== 'take' || !what) return null
  return { what, id, fields: FIELDS.filter((field) => fields.split(',').includes(field)) }
}

/** Takes a part of the other draft. A rule that the other draft lacks is removed; one that yours lacks is inserted at its place there. */
export function mergeTheirs(yours: PolicyFields, theirs: PolicyFields, part: TakenPart): PolicyFields {
  if (part.what === 'all') return theirs
  if (part.what === 'otherwise') return { ...yours, otherwise: theirs.otherwise }
  const index = theirs.rules.findIndex(({ id }) => id === part.id)
  const rule = theirs.rules[index]
  if (!rule) return { ...yours, rules: yours.rules.filter(({ id }) => id !== part.id) }
  return yours.rules.some(({ id }) => id === part.id)
    ? {
        ...yours,
        rules: yours.rules.map((each) => (each.id === part.id ? { ...each, ...pick(rule, ...part.fields) } : each)),
      }
    : { ...yours, rules: yours.rules.toSpliced(Math.min(index, yours.rules.length), 0, rule) }
}
