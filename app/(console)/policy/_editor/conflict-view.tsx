import { AnswerNote } from '@/app/_form/answer-note'
import { Sides } from '@/app/_form/sides'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import { differences, type PolicyFields, type RuleFields, undone } from '@/lib/policy/draft'
import { fieldLabel, otherwiseText, rulesIn, valueText } from './difference-list'
import type { PolicyLabels } from './labels'
import { TAKE_BACK, takeValue } from './merge'
import { nameOf, Sentence } from './sentence'

/** The rules were saved since the draft was begun: for each change both values, and a button that takes the saved one into the draft. */
export function ConflictView(props: {
  changed: string[] | null
  /** What was refused; `yours` is what the reader has made of it since. */
  mine: PolicyFields
  yours: PolicyFields
  theirs: { by: string; isOwn: boolean; fields: PolicyFields | null }
  w: PolicyLabels
}) {
  const { changed, mine, yours, theirs, w } = props
  return (
    <AnswerNote kind="warning" title={fill(theirs.isOwn ? w.conflict.titleOwn : w.conflict.title, { by: theirs.by })}>
      {theirs.fields ? (
        <Compared changed={changed} yours={yours} theirs={theirs.fields} w={w} />
      ) : (
        <p>{w.conflict.unreadable}</p>
      )}
      {JSON.stringify(mine) !== JSON.stringify(yours) && <Take value={TAKE_BACK} text={w.conflict.takeBack} />}
    </AnswerNote>
  )
}

const Take = (props: { value: string; text: string }) => <Button name="do" className="mt-2 text-left" {...props} />

const labelsOf = ({ conflict }: PolicyLabels) => [conflict.yours, conflict.theirs] as const

function Compared(props: { changed: string[] | null; yours: PolicyFields; theirs: PolicyFields; w: PolicyLabels }) {
  const { changed, yours, theirs, w } = props
  const all = changed ? undone(changed, yours, theirs) : differences(yours, theirs)
  if (all.length === 0) return <p>{w.conflict.same}</p>
  const ruleOf = ({ rules }: PolicyFields, id: string) => rules.find((rule) => rule.id === id)
  return (
    <>
      <p>{w.conflict.text}</p>
      <ul className="my-3 grid gap-3">
        {rulesIn(all).map((id) => (
          <RuleDifference
            {...{ id, w, yours: ruleOf(yours, id), theirs: ruleOf(theirs, id) }}
            key={id}
            fields={all.flatMap((each) => (each.kind === 'field' && each.id === id ? each.field : []))}
          />
        ))}
        {all.some(({ kind }) => kind === 'otherwise') && (
          <li className="border-t border-line pt-2">
            <Sides
              title={w.form.otherwise}
              labels={labelsOf(w)}
              values={[otherwiseText(yours.otherwise, w), otherwiseText(theirs.otherwise, w)]}
            />
            <Take value={takeValue({ what: 'otherwise' })} text={w.conflict.takeOtherwise} />
          </li>
        )}
      </ul>
      {all.some(({ kind }) => kind === 'moved') && (
        <p>{fill(w.conflict.order, { order: theirs.rules.map((rule) => nameOf(rule, w)).join('\u00a0· ') })}</p>
      )}
      <Take value={takeValue({ what: 'all' })} text={w.conflict.takeAll} />
    </>
  )
}

function RuleDifference(props: {
  id: string
  fields: (keyof RuleFields)[]
  yours: RuleFields | undefined
  theirs: RuleFields | undefined
  w: PolicyLabels
}) {
  const { id, fields, yours, theirs, w } = props
  const rule = theirs ?? yours
  if (!rule) return null
  const name = nameOf(rule, w)
  const whole = (one: RuleFields | undefined) => (one ? <Sentence rule={one} w={w} /> : w.conflict.none)
  // Only its place differs, which is shown below.
  if (yours && theirs && fields.length === 0) return null
  return (
    <li className="border-t border-line pt-2">
      {fields.map((field) => (
        <Sides
          key={field}
          title={`${name}: ${fieldLabel(field, w)}`}
          labels={labelsOf(w)}
          values={[yours ? valueText(yours, field, w) : '', theirs ? valueText(theirs, field, w) : '']}
        />
      ))}
      {!(yours && theirs) && <Sides title={name} labels={labelsOf(w)} values={[whole(yours), whole(theirs)]} />}
      <Take
        value={takeValue({ what: 'rule', id, fields })}
        text={fill(theirs ? w.conflict.takeRule : w.conflict.takeRemoval, { name })}
      />
    </li>
  )
}
