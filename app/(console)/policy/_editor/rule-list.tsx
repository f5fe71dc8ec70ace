import { type DragEvent, type ReactNode, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { Icon } from '@/components/icon'
import { Menu } from '@/components/menu'
import { Panel } from '@/components/panel'
import type { DraftPreview } from '@/lib/policy'
import { type PolicyFields, type RuleFields, type Step, stepText } from '@/lib/policy/draft'
import type { FieldTexts } from './form-state'
import type { PolicyLabels } from './labels'
import { RuleFieldsView } from './rule-fields'
import { RuleRow } from './rule-row'
import { nameOf } from './sentence'
import type { PolicyEditor } from './use-policy-editor'

const DISTANCES: Partial<Record<string, -1 | 1>> = { ArrowUp: -1, ArrowDown: 1 }

export function RuleList(props: {
  editor: PolicyEditor
  saved: PolicyFields
  errors: FieldTexts
  preview: DraftPreview
  w: PolicyLabels
}) {
  const { editor, errors, preview, w } = props
  const { draft } = editor
  const { rules } = draft.fields
  const order = rules.map(({ id }) => id)
  const drag = useDrag(order, editor.place)
  if (rules.length === 0) return null
  const hasErrors = (id: string) => Object.keys(errors).some((name) => name.endsWith(`.${id}`))
  const changeOf = (rule: RuleFields) => {
    const saved = props.saved.rules.find(({ id }) => id === rule.id)
    if (saved === undefined) return 'new'
    return JSON.stringify(saved) === JSON.stringify(rule) ? null : 'edited'
  }
  return (
    <Panel id="rules" flush>
      <ol onDrop={drag.drop} onDragOver={(event) => event.preventDefault()} className="divide-y divide-line">
        {rules.map((rule, index) => (
          <li
            key={rule.id}
            id={`rule-${rule.id}`}
            onDragOver={(event) => drag.over(event, rule.id)}
            className={`relative ${landing(drag.landingAt(rule.id))}`}
          >
            <input type="hidden" name="rule" value={rule.id} />
            <RuleRow
              {...{ rule, preview, w }}
              place={index + 1}
              open={editor.openId === rule.id}
              onToggle={(open) => editor.setOpen(rule.id, open)}
              change={changeOf(rule)}
              hasErrors={hasErrors(rule.id)}
              editable
            >
              <RuleFieldsView
                key={draft.generation}
                {...{ rule, errors, preview, w }}
                onChange={(values) => draft.change(rule.id, values)}
              />
            </RuleRow>
            {rules.length > 1 && <Grip {...{ rule, drag, w }} nudge={editor.moveBy} />}
            <RuleMenu rule={rule} first={index === 0} last={index === rules.length - 1} w={w} />
          </li>
        ))}
      </ol>
    </Panel>
  )
}

/**
 * Drags a rule by its grip. Over the upper half of another rule it is placed before that one, over the lower half after it.
 *
 * @param place moves a rule to a place, counted from 0 in the list without it
 */
function useDrag(order: readonly string[], place: (id: string, to: number) => void) {
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<{ id: string; half: 'before' | 'after' } | null>(null)

  function end() {
    setDragged(null)
    setOver(null)
  }

  return {
    landingAt: (id: string) => (dragged !== null && dragged !== id && over?.id === id ? over.half : null),
    start(event: DragEvent, id: string) {
      const row = event.currentTarget.closest('li')
      event.dataTransfer.effectAllowed = 'move'
      event.dataTransfer.setData('text/plain', id)
      if (row) event.dataTransfer.setDragImage(row, 12, 20)
      setDragged(id)
    },
    over(event: DragEvent, id: string) {
      if (dragged === null) return
      event.preventDefault()
      const { top, height } = event.currentTarget.getBoundingClientRect()
      setOver({ id, half: event.clientY < top + height / 2 ? 'before' : 'after' })
    },
    drop(event: DragEvent) {
      if (dragged === null) return
      event.preventDefault()
      const otherIds = order.filter((id) => id !== dragged)
      if (over && over.id !== dragged) place(dragged, otherIds.indexOf(over.id) + (over.half === 'after' ? 1 : 0))
      end()
    },
    end,
  }
}

const landing = (where: 'before' | 'after' | null): string =>
  where === null
    ? ''
    : `before:absolute before:inset-x-0 before:z-1 before:h-0.5 before:bg-accent before:content-[''] ${where === 'before' ? 'before:-top-px' : 'before:-bottom-px'}`

function Grip(props: {
  rule: RuleFields
  drag: ReturnType<typeof useDrag>
  nudge: (id: string, by: -1 | 1) => void
  w: PolicyLabels
}) {
  const { rule, drag, w } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: Firefox drags no button
    <span
      role="button"
      tabIndex={0}
      id={`grip-${rule.id}`}
      draggable
      onDragStart={(event) => drag.start(event, rule.id)}
      onDragEnd={drag.end}
      onKeyDown={(event) => {
        const distance = DISTANCES[event.key]
        if (!distance) return
        event.preventDefault()
        props.nudge(rule.id, distance)
      }}
      aria-label={fill(w.rule.drag, { name: nameOf(rule, w) })}
      className="no-print absolute top-4 left-1.5 hidden min-h-7 min-w-6 cursor-grab items-center justify-center rounded-sm text-faint hover:text-ink sm:flex noscript:hidden"
    >
      <Icon name="grip" className="size-4" />
    </span>
  )
}

/** Moves, copies and removes the rule. Its first and last place leave out the move that would do nothing. */
function RuleMenu({ rule, first, last, w }: { rule: RuleFields; first: boolean; last: boolean; w: PolicyLabels }) {
  const item = (does: Step['does'], label: ReactNode, look = '') => (
    <button
      key={does}
      type="submit"
      name="do"
      value={stepText({ does, id: rule.id, other: '' })}
      className={`menu-item ${look}`}
    >
      {label}
    </button>
  )
  return (
    <div
      id={`menu-${rule.id}`}
      className="absolute top-1 right-2 sm:top-2.5 [&>button]:border-0! [&>button]:bg-transparent! [&>button]:px-2 [&>button]:text-soft [&>button]:shadow-none! [&>button_svg]:stroke-2"
    >
      <Menu label={fill(w.rule.menu, { name: nameOf(rule, w) })}>
        {!first && item('up', w.rule.up)}
        {!last && item('down', w.rule.down)}
        {item('duplicate', w.rule.duplicate)}
        {item('remove', w.rule.remove, 'text-bad')}
      </Menu>
    </div>
  )
}
