import { Sides } from '@/app/_form/sides'
import { fill } from '@/app/(console)/_form/labels'
import { type Difference, differenceKey, differences, type PolicyFields, type RuleFields } from '@/lib/policy/draft'
import type { FieldTexts } from './form-state'
import { type PolicyLabels, senderOf } from './labels'
import { nameOf, serverName } from './sentence'

export function DifferenceList({ before, after, w }: { before: PolicyFields; after: PolicyFields; w: PolicyLabels }) {
  const place = (id: string) => before.rules.findIndex((rule) => rule.id === id) + 1
  return (
    <ul className="grid gap-2">
      {differences(before, after).map((each) => (
        <li key={differenceKey(each)}>
          <DifferenceView difference={each} {...{ place, w }} />
        </li>
      ))}
    </ul>
  )
}

export const rulesIn = (all: readonly Difference[]): string[] => [...new Set(all.flatMap(rulesOf))]

function rulesOf(each: Difference): string | [] {
  if ('id' in each) return each.id
  return 'rule' in each ? each.rule.id : []
}

function DifferenceView(props: { difference: Difference; place: (id: string) => number; w: PolicyLabels }) {
  const { difference, place, w } = props
  const sides = (title: string, ...values: [before: string, after: string]) => (
    <Sides title={title} labels={[w.difference.before, w.difference.after]} values={values} />
  )
  switch (difference.kind) {
    case 'removed':
      return fill(w.difference.removed, { number: place(difference.rule.id), name: nameOf(difference.rule, w) })
    case 'added':
      return fill(w.difference.added, { name: nameOf(difference.rule, w) })
    case 'moved':
      return fill(w.difference.moved, { name: nameOf(difference.rule, w), from: difference.from, to: difference.to })
    case 'otherwise':
      return sides(w.form.otherwise, otherwiseText(difference.before, w), otherwiseText(difference.after, w))
    case 'field': {
      const { id, field, before, after } = difference
      const title = fill(w.difference.field, { number: place(id), field: fieldLabel(field, w) })
      return sides(title, valueText(before, field, w), valueText(after, field, w))
    }
  }
}

export function otherwiseText(value: PolicyFields['otherwise'], w: PolicyLabels): string {
  if (value === 'decline') return w.form.otherwiseDecline
  const sender = senderOf('', w)?.address
  return sender ? fill(w.form.otherwiseAllowAs, { sender }) : w.form.otherwiseAllow
}

export function fieldLabel(field: keyof RuleFields, w: PolicyLabels): string {
  if (field === 'enabled') return w.difference.enabled
  return field === 'id' ? '' : w.rule[field]
}

/** The label of a field of the form, such as `senders.<id>`. */
const labelOf = (name: string, w: PolicyLabels): string =>
  fieldLabel(name.slice(0, name.indexOf('.')) as keyof RuleFields, w)

/** Each error with the rule and the label of its field; one that concerns all rules leads to their list. */
export const errorLines = (errors: FieldTexts, rules: PolicyFields['rules'], w: PolicyLabels) =>
  Object.entries(errors).flatMap(([name, texts]) => {
    const index = rules.findIndex(({ id }) => name.endsWith(`.${id}`))
    const label = index < 0 ? w.form.list : `${fill(w.form.ofRule, { number: index + 1 })}, ${labelOf(name, w)}`
    return texts.map((text) => ({ name, text: `${label}: ${text}` }))
  })

export function valueText(rule: RuleFields, field: keyof RuleFields, w: PolicyLabels): string {
  const value = rule[field]
  if (typeof value === 'boolean') return value ? w.difference.isOn : w.difference.isOff
  if (field === 'verdict') return value === 'decline' ? w.rule.decline : w.rule.allow
  if (field === 'server') return serverName(value, w)
  if (value.trim() !== '') return value
  if (field === 'senders' || field === 'recipients') return w.rule.everyone
  return field === 'senderAddress' ? w.rule.pageSender : w.rule.empty
}
