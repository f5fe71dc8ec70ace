import { fill } from '@/app/(console)/_form/labels'
import { DataList } from '@/components/data-list'
import { EmptyState } from '@/components/empty-state'
import { Icon } from '@/components/icon'
import { StatusBadge } from '@/components/state-badge'
import type { PolicyFields, RuleFields } from '@/lib/policy/draft'
import { fieldLabel, otherwiseText, valueText } from './difference-list'
import type { PolicyLabels, Sender } from './labels'
import { nameOf, summaryOf } from './summary'

/** The rules for a role that may not change them. */
export function RuleList({ fields, sender, w }: { fields: PolicyFields; sender: Sender | null; w: PolicyLabels }) {
  if (fields.rules.length === 0)
    return (
      <EmptyState title={w.form.empty}>
        {sender ? fill(w.form.emptyText, { sender: sender.address }) : w.form.emptyTextNoServer}
      </EmptyState>
    )
  return (
    <>
      <ol className="divide-y divide-line border-y border-line">
        {fields.rules.map((rule, at) => (
          <li key={rule.id}>
            <details className="group">
              <summary className="flex list-none gap-2 rounded-md py-2.5 hover:bg-sunken [&::-webkit-details-marker]:hidden">
                <span className="w-5 shrink-0 text-right text-faint tabular-nums">{at + 1}</span>
                <span className="min-w-0 flex-1">
                  <span className="flex flex-wrap items-center gap-x-2">
                    <span className="font-[600]">
                      <bdi>{nameOf(rule, w)}</bdi>
                    </span>
                    {!rule.enabled && <StatusBadge tone="neutral">{w.rule.off}</StatusBadge>}
                    {rule.verdict === 'decline' && <StatusBadge tone="warn">{w.rule.declines}</StatusBadge>}
                  </span>
                  <span className="block text-sm text-soft">{summaryOf(rule, w)}</span>
                </span>
                <Icon name="chevron" className="mt-1 mr-1.5 size-4 text-faint group-open:rotate-90" />
              </summary>
              <DataList
                className="pb-3 pl-7"
                items={shownFields(rule, w).map((field) => ({
                  term: fieldLabel(field, w),
                  value: <span className="whitespace-pre-line">{valueText(rule, field, w)}</span>,
                }))}
              />
            </details>
          </li>
        ))}
      </ol>
      <DataList className="mt-4" items={[{ term: w.form.otherwise, value: otherwiseText(fields.otherwise, w) }]} />
    </>
  )
}

const shownFields = ({ verdict }: RuleFields, { servers }: PolicyLabels): (keyof RuleFields)[] =>
  verdict === 'decline'
    ? ['senders', 'recipients', 'verdict']
    : [
        'senders',
        'recipients',
        'verdict',
        'senderAddress',
        'senderName',
        'individual',
        ...(servers.length > 1 ? (['server'] as const) : []),
      ]
