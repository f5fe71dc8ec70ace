import type { Verdict } from './rules'

/* Rules as the form edits them. The browser runs these functions, or without JavaScript the server, so nothing here depends on either. */

export type RuleFields = { id: string } & typeof EMPTY_RULE

export interface PolicyFields {
  rules: readonly RuleFields[]
  otherwise: Verdict
}

/** What one button does to the draft. */
export interface Step {
  does: (typeof STEP_NAMES)[number]
  id: string
  /** A second rule that the step needs, or empty. */
  other: string
}

const STEP_NAMES = [
  'add',
  'duplicate',
  'remove',
  'up',
  'down',
  // The steps below fix a finding:
  'above',
  'page-sender',
  'sender-of',
  'individual-off',
  'default-server',
] as const

/** The step as the value of a button: `above:<id>:<other>`. */
export const stepText = ({ does, id, other }: Step): string => `${does}:${id}:${other}`

/** The step that a button's value names, or null if it names none. */
export function stepOf(text: string): Step | null {
  const [name, id = '', other = ''] = text.split(':')
  const does = STEP_NAMES.find((known) => known === name)
  return does === undefined ? null : { does, id, other }
}

/** The fields of a new rule. */
export const EMPTY_RULE = {
  name: '',
  enabled: true,
  /** Patterns, one per line. Empty matches anyone. */
  senders: '',
  recipients: '',
  verdict: 'allow' as Verdict,
  /** Empty for the sender of the mail server. */
  senderAddress: '',
  senderName: '',
  individual: false,
  /** Id of a mail server, or empty for the default one. */
  server: '',
}

/**
 * The draft after a step. A step on a rule that is no longer in the draft changes nothing.
 *
 * @param newId id of the rule that `add` or `duplicate` creates
 */
export function applyStep(fields: PolicyFields, { does, id, other }: Step, newId: string): PolicyFields {
  const { rules } = fields
  const index = rules.findIndex((rule) => rule.id === id)
  const rule = rules[index]
  const otherRule = rules.find((each) => each.id === other)
  const put = (next: readonly RuleFields[]): PolicyFields => ({ ...fields, rules: next })
  const change = (values: Partial<RuleFields>): PolicyFields =>
    put(rules.map((each) => (each.id === id ? { ...each, ...values } : each)))

  if (does === 'add') return put([...rules, { id: newId, ...EMPTY_RULE }])
  if (rule === undefined) return fields
  switch (does) {
    case 'duplicate':
      return put(rules.toSpliced(index + 1, 0, { ...rule, id: newId }))
    case 'remove':
      return put(rules.toSpliced(index, 1))
    case 'up':
      return moved(fields, id, index - 1)
    case 'down':
      return moved(fields, id, index + 1)
    case 'above':
      return otherRule ? moved(fields, id, rules.indexOf(otherRule)) : fields
    case 'page-sender':
      return change({ senderAddress: '', senderName: '' })
    case 'sender-of':
      return otherRule ? change(senderIn(otherRule)) : fields
    case 'individual-off':
      return change({ individual: false })
    case 'default-server':
      return change({ server: '' })
  }
}

/** A rule without an address sends as its mail server, so then the mail server is copied too. */
const senderIn = ({ senderAddress, senderName, server }: RuleFields): Partial<RuleFields> => ({
  senderAddress,
  senderName,
  ...(senderAddress.trim() === '' && { server }),
})

/** Moves a rule to another place, counted from 0 and limited to the list. */
export function moved(fields: PolicyFields, id: string, to: number): PolicyFields {
  const { rules } = fields
  const from = rules.findIndex((rule) => rule.id === id)
  const rule = rules[from]
  if (rule === undefined) return fields
  const place = Math.max(0, Math.min(rules.length - 1, to))
  return place === from ? fields : { ...fields, rules: rules.toSpliced(from, 1).toSpliced(place, 0, rule) }
}

/** A difference between two drafts. Places are counted from 1. */
export type Difference =
  | { kind: 'field'; id: string; field: keyof RuleFields; before: RuleFields; after: RuleFields }
  | { kind: 'removed'; rule: RuleFields }
  | { kind: 'added'; rule: RuleFields }
  | { kind: 'moved'; rule: RuleFields; from: number; to: number }
  | { kind: 'otherwise'; before: Verdict; after: Verdict }

const isIn = (list: readonly RuleFields[]) => (rule: RuleFields) => list.some(({ id }) => id === rule.id)

export function differences(before: PolicyFields, after: PolicyFields): Difference[] {
  const result: Difference[] = []
  for (const rule of before.rules) {
    const now = after.rules.find(({ id }) => id === rule.id)
    if (!now) result.push({ kind: 'removed', rule })
    else
      for (const field of Object.keys(rule) as (keyof RuleFields)[])
        if (rule[field] !== now[field]) result.push({ kind: 'field', id: rule.id, field, before: rule, after: now })
  }
  for (const rule of after.rules) if (!isIn(before.rules)(rule)) result.push({ kind: 'added', rule })
  result.push(...moves(before, after))
  if (before.otherwise !== after.otherwise)
    result.push({ kind: 'otherwise', before: before.otherwise, after: after.otherwise })
  return result
}

export function differenceKey(each: Difference): string {
  if (each.kind === 'field') return `${each.id}.${each.field}`
  return each.kind === 'otherwise' ? 'otherwise' : `${each.kind}.${each.rule.id}`
}

/** Whichever rules were moved, they are in another order. */
const changeKey = (each: Difference): string => (each.kind === 'moved' ? 'moved' : differenceKey(each))

/** What another person has changed since `base`, as keys of differences. A rule that they changed is `added` to a draft that lacks it. */
export function changedSince(base: PolicyFields, theirs: PolicyFields): string[] {
  const changes = differences(base, theirs)
  const fields = changes.filter((each) => each.kind === 'field')
  return [...new Set([...changes.map(changeKey), ...fields.map(({ id }) => `added.${id}`)])]
}

/** What a save of `yours` would undo of what another person has changed. */
export const undone = (changed: readonly string[], yours: PolicyFields, theirs: PolicyFields): Difference[] =>
  differences(yours, theirs).filter((each) => changed.includes(changeKey(each)))

/** The smallest set of moved rules: all except a longest run that kept its order. */
function moves(before: PolicyFields, after: PolicyFields): Difference[] {
  const [shared, now] = [before.rules.filter(isIn(after.rules)), after.rules.filter(isIn(before.rules))]
  const place = (list: readonly RuleFields[], { id }: RuleFields) => list.findIndex((each) => each.id === id)
  const longestOf = (runs: RuleFields[][]) =>
    runs.reduce<RuleFields[]>((longest, run) => (run.length > longest.length ? run : longest), [])
  const runs: RuleFields[][] = []
  for (const rule of now)
    runs.push([...longestOf(runs.filter((run) => place(shared, run.at(-1) ?? rule) < place(shared, rule))), rule])
  const unmoved = longestOf(runs)
  return now
    .filter((rule) => !unmoved.includes(rule))
    .map((rule) => ({ kind: 'moved', rule, from: place(before.rules, rule) + 1, to: place(after.rules, rule) + 1 }))
}
