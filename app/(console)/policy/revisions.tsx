import { EmptyState } from '@/components/empty-state'
import { Foreign } from '@/components/foreign'
import { Pagination } from '@/components/pagination'
import { Section } from '@/components/section'
import { WordBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/kernel/locale'
import { fieldsOf } from '@/lib/policy/fields'
import type { StoredRules } from '@/lib/rules'
import { otherwiseText } from './difference-list'
import { fill, type PolicyWords } from './page-words'
import { RestoreForm } from './restore-form'
import { nameOf, summaryOf } from './summary'

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
  w: PolicyWords
}) {
  const { rows, page, total, current, maySave, now, locale, w } = props
  const words = w.revisions
  const link = (to: number) => `/policy?revisions=${to}#revisions`
  return (
    <Section id="revisions" title={words.title}>
      {rows.length === 0 ? (
        <EmptyState title={words.empty}>{words.emptyText}</EmptyState>
      ) : (
        <Table
          caption={words.caption}
          rows={rows}
          rowKey={({ number }) => String(number)}
          columns={[
            {
              key: 'number',
              label: words.number,
              cell: ({ number }) => (
                <span className="flex flex-wrap items-center gap-x-2">
                  {number}
                  {number === current && <WordBadge tone="accent">{words.current}</WordBadge>}
                </span>
              ),
            },
            {
              key: 'when',
              label: words.when,
              cell: ({ savedAt }) => <Timestamp at={savedAt} now={now} locale={locale} />,
            },
            { key: 'who', label: words.who, cell: ({ savedBy }) => <Foreign>{savedBy}</Foreign> },
            { key: 'rules', label: words.rules, cell: (row) => <RulesOf row={row} w={w} /> },
            ...(maySave
              ? [
                  {
                    key: 'action',
                    label: words.action,
                    cell: ({ number, rules }: StoredRules) =>
                      number === current || !rules ? null : (
                        <RestoreForm
                          number={number}
                          version={current}
                          formToken={props.newToken()}
                          label={fill(words.restore, { number })}
                        />
                      ),
                  },
                ]
              : []),
          ]}
        />
      )}
      <Pagination
        label={words.pages}
        words={{ newer: words.newer, older: words.older }}
        newer={page > 1 ? link(page - 1) : null}
        older={page * REVISIONS_SHOWN < total ? link(page + 1) : null}
      />
    </Section>
  )
}

/** How many rules a revision holds, and unfolded what each says. */
function RulesOf({ row, w }: { row: StoredRules; w: PolicyWords }) {
  if (!row.rules) return <WordBadge tone="bad">{w.revisions.unreadable}</WordBadge>
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
