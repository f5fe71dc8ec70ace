import { fill } from '@/app/(console)/_form/labels'
import { POLICY_PATH } from '@/app/paths'
import { EmptyState } from '@/components/empty-state'
import { Foreign } from '@/components/foreign'
import { Pagination } from '@/components/pagination'
import { Section } from '@/components/section'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { StoredRules } from '@/lib/policy'
import { fieldsOf } from '@/lib/policy/fields'
import { otherwiseText } from '../_editor/difference-list'
import type { PolicyLabels } from '../_editor/labels'
import { nameOf, summaryOf } from '../_editor/summary'
import { RestoreForm } from './restore-form'

/** Rows shown at once. */
export const REVISIONS_SHOWN = 8

export function Revisions(props: {
  rows: readonly StoredRules[]
  total: number
  page: number
  current: number
  newToken: () => string
  maySave: boolean
  now: Date
  locale: Locale
  w: PolicyLabels
}) {
  const { rows, page, total, current, maySave, now, locale, w } = props
  const labels = w.revisions
  const link = (to: number) => `${POLICY_PATH}?revisions=${to}#revisions`
  return (
    <Section id="revisions" title={labels.title}>
      {rows.length === 0 ? (
        <EmptyState title={labels.empty}>{labels.emptyText}</EmptyState>
      ) : (
        <Table
          caption={labels.caption}
          rows={rows}
          rowKey={({ number }) => String(number)}
          columns={[
            {
              key: 'number',
              label: labels.number,
              cell: ({ number }) => (
                <span className="flex flex-wrap items-center gap-x-2">
                  {number}
                  {number === current && <StatusBadge tone="accent">{labels.current}</StatusBadge>}
                </span>
              ),
            },
            {
              key: 'when',
              label: labels.when,
              cell: ({ savedAt }) => <Timestamp at={savedAt} now={now} locale={locale} />,
            },
            { key: 'who', label: labels.who, cell: ({ savedBy }) => <Foreign>{savedBy}</Foreign> },
            { key: 'rules', label: labels.rules, cell: (row) => <RulesOf row={row} w={w} /> },
            ...(maySave
              ? [
                  {
                    key: 'action',
                    label: labels.action,
                    cell: ({ number, rules }: StoredRules) =>
                      number === current || !rules ? null : (
                        <RestoreForm
                          number={number}
                          version={current}
                          formToken={props.newToken()}
                          label={fill(labels.restore, { number })}
                        />
                      ),
                  },
                ]
              : []),
          ]}
        />
      )}
      <Pagination
        label={labels.pages}
        labels={{ newer: labels.newer, older: labels.older }}
        newer={page > 1 ? link(page - 1) : null}
        older={page * REVISIONS_SHOWN < total ? link(page + 1) : null}
      />
    </Section>
  )
}

/** How many rules a revision holds, and unfolded what each says. */
function RulesOf({ row, w }: { row: StoredRules; w: PolicyLabels }) {
  if (!row.rules) return <StatusBadge tone="bad">{w.revisions.unreadable}</StatusBadge>
  const { rules, otherwise } = fieldsOf(row.rules)
  const count =
    rules.length === 0
      ? w.revisions.countNone
      : rules.length === 1
        ? w.revisions.countOne
        : fill(w.revisions.count, { count: rules.length })
  return (
    <details>
      <summary className="w-fit">{count}</summary>
      <ol className="mt-1 grid gap-1 text-soft">
        {rules.map((rule, at) => (
          <li key={rule.id}>
            {at + 1}. <bdi className="font-[550] text-ink">{nameOf(rule, w)}</bdi>
            {!rule.enabled && ` (${w.rule.off})`} – {summaryOf(rule, w)}
          </li>
        ))}
        <li>
          {w.form.otherwise}: {otherwiseText(otherwise, w)}
        </li>
      </ol>
    </details>
  )
}
