import type { DragEvent, ReactNode } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { Icon } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import { type RuleFields, stepText } from '@/lib/policy/draft'
import { fieldName } from './draft-of'
import type { PolicyLabels } from './labels'
import { nameOf, summaryOf } from './summary'

/** How the list reacts while a rule is dragged. */
export interface Dragging {
  /** False without JavaScript, where the arrows do the same. */
  possible: boolean
  start: (event: DragEvent, id: string) => void
  over: (event: DragEvent, id: string) => void
  end: () => void
  /** Where the dragged rule would be placed relative to this one. */
  landing: 'before' | 'after' | null
  nudge: (id: string, by: -1 | 1) => void
}

/** One rule of the list: its place, a summary in one line, and its collapsed fields. */
export function RuleCard(props: {
  rule: RuleFields
  place: number
  count: number
  open: boolean
  hasErrors: boolean
  drag: Dragging
  onToggle: (open: boolean) => void
  onChange: (values: Partial<RuleFields>) => void
  children: ReactNode
  w: PolicyLabels
}) {
  const { rule, place, drag, w } = props
  const name = nameOf(rule, w)
  const edge = { before: 'before:-top-px', after: 'before:-bottom-px' }
  const landing = drag.landing
    ? `before:absolute before:inset-x-0 before:h-0.5 before:bg-accent before:content-[''] ${edge[drag.landing]}`
    : ''
  return (
    <li
      id={`rule-${rule.id}`}
      onDragOver={(event) => drag.over(event, rule.id)}
      className={`relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-1.5 max-sm:py-2 ${landing}`}
    >
      <input type="hidden" name="rule" value={rule.id} />
      <div className="flex items-center sm:pt-2.5 max-sm:min-h-8">
        {drag.possible && <Grip {...{ rule, drag, name, w }} />}
        <input
          type="checkbox"
          name={fieldName('enabled', rule.id)}
          aria-label={fill(w.rule.enabled, { name })}
          checked={rule.enabled}
          onChange={({ target }) => props.onChange({ enabled: target.checked })}
          className="mx-1 size-4 shrink-0"
        />
      </div>
      <details
        open={props.open}
        onToggle={({ currentTarget }) => props.onToggle(currentTarget.open)}
        className="group min-w-0 max-sm:col-span-full max-sm:row-start-2"
      >
        <RuleSummary {...{ rule, place, name, w }} hasErrors={props.hasErrors} />
        <div className="pr-1.5 pl-1.5 sm:pl-9">{props.children}</div>
      </details>
      <div className="flex sm:pt-2 max-sm:col-start-3 max-sm:row-start-1">
        <Arrow does="up" disabled={place === 1} {...{ rule, name, w }} />
        <Arrow does="down" disabled={place === props.count} {...{ rule, name, w }} />
      </div>
    </li>
  )
}

function Grip({ rule, drag, name, w }: { rule: RuleFields; drag: Dragging; name: string; w: PolicyLabels }) {
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
        const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null
        if (by === null) return
        event.preventDefault()
        drag.nudge(rule.id, by)
      }}
      aria-label={fill(w.rule.drag, { name })}
      className="-ml-1.5 flex min-h-7 min-w-6 cursor-grab items-center justify-center rounded-sm text-soft hover:text-ink"
    >
      <Icon name="grip" className="size-4" />
    </span>
  )
}

function RuleSummary(props: { rule: RuleFields; place: number; name: string; hasErrors: boolean; w: PolicyLabels }) {
  const { rule, place, name, w } = props
  return (
    <summary className="flex list-none gap-2 rounded-md px-1.5 py-2.5 hover:bg-sunken [&::-webkit-details-marker]:hidden">
      <span className="w-5 shrink-0 text-right text-faint tabular-nums">{place}</span>
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className={`font-[600] ${rule.enabled ? '' : 'text-faint'}`}>
            <bdi>{name}</bdi>
          </span>
          {!rule.enabled && <StatusBadge tone="neutral">{w.rule.off}</StatusBadge>}
          {rule.verdict === 'decline' && <StatusBadge tone="warn">{w.rule.declines}</StatusBadge>}
          {props.hasErrors && <Icon name="warning" className="size-4 text-bad" />}
        </span>
        <span className="block text-sm text-soft">{summaryOf(rule, w)}</span>
      </span>
      <Icon name="chevron" className="mt-1 size-4 text-faint group-open:rotate-90" />
    </summary>
  )
}

function Arrow(props: { does: 'up' | 'down'; rule: RuleFields; name: string; disabled: boolean; w: PolicyLabels }) {
  const { does, rule, name, disabled, w } = props
  return (
    <button
      type="submit"
      name="do"
      value={stepText({ does, id: rule.id, other: '' })}
      aria-label={fill(w.rule[does], { name })}
      aria-disabled={disabled || undefined}
      className="flex size-8 items-center justify-center rounded-md text-soft hover:bg-sunken hover:text-ink aria-disabled:text-line aria-disabled:hover:bg-transparent"
    >
      <Icon name={does} className="size-4" />
    </button>
  )
}
