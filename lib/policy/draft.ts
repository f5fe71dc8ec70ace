/*
 * Rules as a form holds them, and what its buttons do to them. One function for both: with scripts the browser runs it, without
 * them the server does, so nothing here needs either.
 */

/** One rule as it is typed. */
export interface RuleFields {
  id: string
  name: string
  enabled: boolean
  /** Patterns, one a line; empty: anyone. */
  senders: string
  recipients: string
  verdict: 'allow' | 'decline'
  /** Empty: the mail server's own sender. */
  senderAddress: string
  senderName: string
  individual: boolean
  /** Id of a mail server; empty: the default one. */
  server: string
}

export interface PolicyFields {
  rules: readonly RuleFields[]
  otherwise: 'allow' | 'decline'
}

/** `other` is a second rule that the step looks at. */
export interface Step {
  does: StepName
  id: string
  other: string
}

const STEP_NAMES = [
  'add',
  'duplicate',
  'remove',
  'up',
  'down',
  // What mends a finding:
  'above',
  'page-sender',
  'sender-of',
  'individual-off',
  'default-server',
] as const
type StepName = (typeof STEP_NAMES)[number]

/** As a button's value: `above:<id>:<other>`. */
export const stepText = ({ does, id, other }: Step): string => `${does}:${id}:${other}`

/** Null: no step of ours. */
export function stepOf(text: string): Step | null {
  const [name, id = '', other = ''] = text.split(':')
  const does = STEP_NAMES.find((known) => known === name)
  return does === undefined ? null : { does, id, other }
}

const EMPTY_RULE: Omit<RuleFields, 'id'> = {
  name: '',
  enabled: true,
  senders: '',
  recipients: '',
  verdict: 'allow',
  senderAddress: '',
  senderName: '',
  individual: false,
  server: '',
}

/**
 * The draft after a step. A rule that is not there (any more) changes nothing.
 *
 * @param newId Of the rule that `add` or `duplicate` makes.
 */
export function applyStep(fields: PolicyFields, { does, id, other }: Step, newId: string): PolicyFields {
  const { rules } = fields
  const at = rules.findIndex((rule) => rule.id === id)
  const rule = rules[at]
  const beside = rules.find((each) => each.id === other)
  const put = (next: readonly RuleFields[]): PolicyFields => ({ ...fields, rules: next })
  const change = (values: Partial<RuleFields>): PolicyFields =>
    put(rules.map((each) => (each.id === id ? { ...each, ...values } : each)))

  if (does === 'add') return put([...rules, { id: newId, ...EMPTY_RULE }])
  if (rule === undefined) return fields
  switch (does) {
    case 'duplicate':
      return put(rules.toSpliced(at + 1, 0, { ...rule, id: newId }))
    case 'remove':
      return put(rules.toSpliced(at, 1))
    case 'up':
      return moved(fields, id, at - 1)
    case 'down':
      return moved(fields, id, at + 1)
    case 'above':
      return beside ? moved(fields, id, rules.indexOf(beside)) : fields
    case 'page-sender':
      return change({ senderAddress: '', senderName: '' })
    case 'sender-of':
      return beside ? change(senderIn(beside)) : fields
    case 'individual-off':
      return change({ individual: false })
    case 'default-server':
      return change({ server: '' })
  }
}

/** A sender of its own is the same at any mail server; without one it is that of the rule's mail server. */
const senderIn = ({ senderAddress, senderName, server }: RuleFields): Partial<RuleFields> => ({
  ...{ senderAddress, senderName },
  ...(senderAddress.trim() === '' && { server }),
})

/** The rule at another place, counted from 0 and held within the list. */
export function moved(fields: PolicyFields, id: string, to: number): PolicyFields {
  const { rules } = fields
  const from = rules.findIndex((rule) => rule.id === id)
  const rule = rules[from]
  if (rule === undefined) return fields
  const place = Math.max(0, Math.min(rules.length - 1, to))
  return place === from ? fields : { ...fields, rules: rules.toSpliced(from, 1).toSpliced(place, 0, rule) }
}

/** What differs between two drafts, for people to look at. Places are counted from 1. */
export type Difference =
  | { kind: 'field'; id: string; field: keyof RuleFields; before: RuleFields; after: RuleFields }
  | { kind: 'removed'; rule: RuleFields }
  | { kind: 'added'; rule: RuleFields }
  | { kind: 'moved'; rule: RuleFields; from: number; to: number }
  | { kind: 'otherwise'; before: PolicyFields['otherwise']; after: PolicyFields['otherwise'] }

export function differences(before: PolicyFields, after: PolicyFields): Difference[] {
  const found: Difference[] = []
  for (const rule of before.rules) {
    const now = after.rules.find(({ id }) => id === rule.id)
    if (!now) found.push({ kind: 'removed', rule })
    else
      for (const field of Object.keys(rule) as (keyof RuleFields)[])
        if (rule[field] !== now[field]) found.push({ kind: 'field', id: rule.id, field, before: rule, after: now })
  }
  const isIn = (list: readonly RuleFields[]) => (rule: RuleFields) => list.some(({ id }) => id === rule.id)
  for (const rule of after.rules) if (!isIn(before.rules)(rule)) found.push({ kind: 'added', rule })
  found.push(...moves(before.rules.filter(isIn(after.rules)), after.rules.filter(isIn(before.rules)), before, after))
  if (before.otherwise !== after.otherwise)
    found.push({ kind: 'otherwise', before: before.otherwise, after: after.otherwise })
  return found
}

/** The fewest rules that were taken out and put elsewhere: all but a longest run that kept its order. */
function moves(
  shared: readonly RuleFields[],
  now: readonly RuleFields[],
  before: PolicyFields,
  after: PolicyFields,
): Difference[] {
  const place = (list: readonly RuleFields[], { id }: RuleFields) => list.findIndex((each) => each.id === id)
  const runs: RuleFields[][] = []
  for (const rule of now) {
    const best = runs
      .filter((run) => place(shared, run.at(-1) ?? rule) < place(shared, rule))
      .reduce<RuleFields[]>((longest, run) => (run.length > longest.length ? run : longest), [])
    runs.push([...best, rule])
  }
  const kept = runs.reduce<RuleFields[]>((longest, run) => (run.length > longest.length ? run : longest), [])
  return now
    .filter((rule) => !kept.includes(rule))
    .map((rule) => ({
      kind: 'moved',
      rule,
      from: place(before.rules, rule) + 1,
      to: place(after.rules, rule) + 1,
    }))
}
