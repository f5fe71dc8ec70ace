import type { ReactNode } from 'react'
import { Icon } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import type { DraftPreview } from '@/lib/policy'
import type { RuleFields } from '@/lib/policy/draft'
import { countOf, type PolicyLabels } from './labels'
import { nameOf, Sentence } from './sentence'

/** One rule: its sentence, and folded what it consists of. The browser keeps one open at a time, because all share a name. */
export function RuleRow(props: {
  rule: RuleFields
  place: number
  open?: boolean
  /** Absent where it is rendered on the server. */
  onToggle?: (open: boolean) => void
  preview: Pick<DraftPreview, 'isSound' | 'findings' | 'impact'>
  /** How it differs from what is saved. */
  change?: 'new' | 'edited' | null
  hasErrors?: boolean
  /** Leaves space for the grip and the menu. */
  editable?: boolean
  children: ReactNode
  w: PolicyLabels
}) {
  const { rule, place, preview, onToggle, w } = props
  const [finding] = preview.findings.filter((each) => each.rule === rule.id)
  return (
    <details
      name="rule"
      open={props.open}
      {...(onToggle && { onToggle: ({ currentTarget }) => onToggle(currentTarget.open) })}
      className="group in-[li:first-child]:rounded-t-lg in-[li:last-child]:rounded-b-lg open:bg-sheet"
    >
      <summary
        className={`grid list-none grid-cols-[1.25rem_minmax(0,1fr)_auto] items-center gap-x-2.5 gap-y-0.5 py-3 hover:bg-well sm:grid-cols-[1.25rem_minmax(0,1fr)_auto_auto] [&::-webkit-details-marker]:hidden ${props.editable ? 'pr-14 pl-3.5 sm:pl-9' : 'px-3.5'}`}
      >
        <span className="self-start text-center text-faint tabular-nums">{place}</span>
        <span className={`flex flex-wrap items-center gap-x-2 gap-y-0.5 ${rule.enabled ? '' : 'text-faint'}`}>
          <bdi className="font-[600]">{nameOf(rule, w)}</bdi>
          {!rule.enabled && <StatusBadge tone="neutral">{w.rule.off}</StatusBadge>}
          {rule.enabled && rule.verdict === 'decline' && <StatusBadge tone="neutral">{w.rule.declines}</StatusBadge>}
          {props.change && <StatusBadge tone="warn">{w.rule[props.change]}</StatusBadge>}
          {finding && <StatusBadge tone="warn">{w.lint[finding.kind].badge}</StatusBadge>}
          {props.hasErrors && <Icon name="warning" className="size-4 text-bad" />}
        </span>
        <span
          className={`col-start-2 row-start-2 text-sm max-sm:col-end-4 ${props.editable ? 'max-sm:-mr-10' : ''} ${rule.enabled ? 'text-soft' : 'text-faint'}`}
        >
          <Sentence rule={rule} w={w} />
        </span>
        {preview.impact && preview.impact.messages > 0 && (
          <span className="flex gap-x-1 text-sm text-soft tabular-nums max-sm:col-[2/4] sm:col-start-3 sm:row-span-2 sm:row-start-1 sm:block sm:text-right">
            {countOf(preview.impact.draft[rule.id], preview, w)}{' '}
            <span className="text-faint sm:block sm:text-xs">{w.rule.hits}</span>
          </span>
        )}
        <Icon
          name="down"
          className="no-print row-start-1 mt-1 size-4 self-start text-faint group-open:rotate-180 max-sm:col-start-3 sm:col-start-4"
        />
      </summary>
      <div className={`px-3.5 pt-1.5 pb-4 ${props.editable ? 'sm:pr-4.5 sm:pl-[4.125rem]' : 'sm:pl-11'}`}>
        {props.children}
      </div>
    </details>
  )
}
