import type { ReactNode } from 'react'
import { Icon } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import type { Impact } from '@/lib/policy'
import type { RuleFields } from '@/lib/policy/draft'
import type { Finding } from '@/lib/policy/lint'
import { numeral, type PolicyLabels } from './labels'
import { nameOf, Sentence } from './sentence'

/**
 * One rule: its sentence, and folded what it consists of. The browser keeps one rule open at a time, because they share a name.
 * Without `onToggle` it may be rendered on the server.
 */
export function RuleRow(props: {
  rule: RuleFields
  place: number
  open?: boolean
  onToggle?: (open: boolean) => void
  findings: readonly Finding[]
  impact: Impact | null
  edited?: boolean
  hasErrors?: boolean
  /** Leaves space for the grip and the menu. */
  editable?: boolean
  children: ReactNode
  w: PolicyLabels
}) {
  const { rule, place, findings, impact, onToggle, w } = props
  const [finding] = findings.filter((each) => each.rule === rule.id)
  return (
    <details
      name="rule"
      open={props.open}
      {...(onToggle && { onToggle: ({ currentTarget }) => onToggle(currentTarget.open) })}
      className="group open:bg-sheet"
    >
      <summary
        className={`flex list-none flex-wrap items-center gap-x-2.5 gap-y-0.5 py-3 hover:bg-well sm:flex-nowrap [&::-webkit-details-marker]:hidden ${props.editable ? 'pr-14 pl-3.5 sm:pl-9' : 'px-3.5'}`}
      >
        <span className="w-5 shrink-0 self-start text-center text-faint tabular-nums">{place}</span>
        <span className={`min-w-0 flex-1 ${rule.enabled ? '' : 'text-faint'}`}>
          <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            <bdi className="font-[600]">{nameOf(rule, w)}</bdi>
            {!rule.enabled && <StatusBadge tone="neutral">{w.rule.off}</StatusBadge>}
            {rule.enabled && rule.verdict === 'decline' && <StatusBadge tone="neutral">{w.rule.declines}</StatusBadge>}
            {props.edited && <StatusBadge tone="warn">{w.rule.edited}</StatusBadge>}
            {finding && <StatusBadge tone="warn">{w.lint[finding.kind].badge}</StatusBadge>}
            {props.hasErrors && <Icon name="warning" className="size-4 text-bad" />}
          </span>
          <span className={`mt-0.5 block text-sm ${rule.enabled ? 'text-soft' : ''}`}>
            <Sentence rule={rule} w={w} />
          </span>
        </span>
        {impact && impact.messages > 0 && (
          <span className="flex gap-x-1 text-sm text-soft tabular-nums max-sm:order-last max-sm:w-full max-sm:pl-7.5 sm:block sm:text-right">
            {numeral(impact.draft[rule.id] ?? 0, w)}{' '}
            <span className="text-faint sm:block sm:text-xs">{w.rule.hits}</span>
          </span>
        )}
        <Icon name="down" className="size-4 text-faint group-open:rotate-180" />
      </summary>
      <div className={`px-3.5 pt-1.5 pb-4 ${props.editable ? 'sm:pr-4.5 sm:pl-[4.125rem]' : 'sm:pl-11'}`}>
        {props.children}
      </div>
    </details>
  )
}
