import { useEffect, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { EmptyState } from '@/components/empty-state'
import type { Coverage } from '@/lib/policy'
import type { FieldTexts } from './form-state'
import type { PolicyLabels, Sender } from './labels'
import { RuleCard } from './rule-card'
import { RuleFieldsView } from './rule-fields'
import { useDrag } from './use-drag'
import type { PolicyEditor } from './use-policy-editor'

/** The rules in their order, which can be dragged. */
export function RuleCards(props: {
  editor: PolicyEditor
  errors: FieldTexts
  coverage: Coverage
  sender: Sender | null
  w: PolicyLabels
}) {
  const { editor, errors, coverage, sender, w } = props
  const { draft } = editor
  const { rules } = draft.fields
  const [hasScript, setHasScript] = useState(false)
  useEffect(() => setHasScript(true), [])
  const drag = useDrag(
    rules.map(({ id }) => id),
    editor.place,
  )
  if (rules.length === 0)
    return (
      <EmptyState title={w.form.empty}>
        {sender ? fill(w.form.emptyText, { sender: sender.address }) : w.form.emptyTextNoServer}
      </EmptyState>
    )
  const hasErrors = (id: string) => Object.keys(errors).some((name) => name.endsWith(`.${id}`))
  return (
    <ol
      onDrop={drag.drop}
      onDragOver={(event) => event.preventDefault()}
      className="divide-y divide-line border-y border-line"
    >
      {rules.map((rule, at) => (
        <RuleCard
          key={rule.id}
          {...{ rule, w }}
          place={at + 1}
          count={rules.length}
          open={editor.isOpen(rule.id) || hasErrors(rule.id)}
          hasErrors={hasErrors(rule.id)}
          drag={{
            possible: hasScript && rules.length > 1,
            start: drag.start,
            over: drag.over,
            end: drag.end,
            landing: drag.landingAt(rule.id),
            nudge: editor.moveBy,
          }}
          onToggle={(open) => editor.setOpen(rule.id, open)}
          onChange={(values) => draft.change(rule.id, values)}
        >
          <RuleFieldsView
            key={draft.generation}
            {...{ rule, sender, errors, coverage, w }}
            onChange={(values) => draft.change(rule.id, values)}
          />
        </RuleCard>
      ))}
    </ol>
  )
}
