import { FlashMessage } from '@/app/_form/flash-message'
import { PersonForm } from '@/app/_form/person-form'
import { page } from '@/app/_server/page'
import { fill } from '@/app/(console)/_form/labels'
import { pageIn, readPage } from '@/app/paging'
import { POLICY_PATH, POLICY_REVISIONS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Pagination } from '@/components/list-controls'
import { Page } from '@/components/page'
import { ResultCount } from '@/components/result-count'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Timestamp } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { differences } from '@/lib/policy/draft'
import { fieldsOf } from '@/lib/policy/fields'
import type { ListedRevision } from '@/lib/policy/store'
import { services } from '@/lib/services'
import { DifferenceList, otherwiseText } from '../_editor/difference-list'
import type { PolicyLabels } from '../_editor/labels'
import { nameOf, Sentence } from '../_editor/sentence'
import { restoreAction } from '../actions'
import { policyLabels, policyTabs } from '../parts'

export default page('policy:read', 'policy', async ({ may, now, t, query }) => {
  const { rules } = services()
  const [view, { rows, total, before, after }] = await Promise.all([
    rules.view(),
    readPage(pageIn(query), rules.revisions, (page) => `${POLICY_REVISIONS_PATH}?page=${page}`),
  ])
  // The mail servers may have had other senders when a revision was saved, so their addresses are not shown.
  const w = policyLabels(
    t,
    view.servers.map((server) => ({ ...server, sender: null })),
  )
  const labels = w.revisions
  const current = view.number
  return (
    <Page {...policyTabs(t, 'revisions')} title={t('title')} documentTitle={t('revisions.title')}>
      <FlashMessage query={query} t={t} texts="revisions.done" />
      <Answer
        {...(total === 0 ? { tone: 'neutral', mark: 0 } : { tone: 'info', mark: total })}
        title={total === 0 ? labels.empty : t('revisions.answer', { count: total })}
        detail={total === 0 ? labels.emptyText : labels.answerText}
        action={total === 0 && may('policy:write') && <ButtonLink href={POLICY_PATH} text={w.form.add} />}
      />
      <ResultCount count={t.number(total)} />
      {rows.length > 0 && <RevisionTable {...{ rows, current, now, t, w }} mayRestore={may('policy:write')} />}
      <Pagination t={(key) => t(`revisions.${key}`)} newer={before} older={after} />
    </Page>
  )
})

function RevisionTable(props: {
  rows: readonly ListedRevision[]
  current: number
  mayRestore: boolean
  now: Date
  t: Translator<'policy'>
  w: PolicyLabels
}) {
  const { rows, current, now, t, w } = props
  const labels = w.revisions
  return (
    <Table caption={labels.caption} rows={rows} rowKey={({ number }) => String(number)}>
      {(column) => [
        column(labels.number, ({ number, restored }) => (
          <span className="flex flex-wrap items-center gap-x-2">
            <span>
              <span className="sm:hidden">{labels.number}</span> {number}
            </span>
            {number === current && <StatusBadge tone="info">{labels.current}</StatusBadge>}
            {restored !== null && (
              <span className="basis-full text-soft">{fill(labels.copyOf, { number: restored })}</span>
            )}
          </span>
        )),
        column(labels.when, ({ savedAt }) => <Timestamp at={savedAt} now={now} t={t} />),
        column(labels.who, ({ savedBy }) => <Foreign>{savedBy}</Foreign>),
        column(labels.rules, (row) => <RulesOf row={row} t={t} w={w} />),
        column(labels.changes, (row) => <ChangesOf row={row} t={t} w={w} />),
        props.mayRestore &&
          column(
            labels.action,
            { hideLabel: true, align: 'end' },
            ({ number, rules }) =>
              number !== current &&
              rules !== null && (
                <PersonForm
                  action={restoreAction}
                  hidden={{ number, version: current }}
                  submit={{ label: labels.action, name: fill(labels.restore, { number }), kind: 'quiet' }}
                />
              ),
          ),
      ]}
    </Table>
  )
}

interface RevisionProps {
  row: ListedRevision
  t: Translator<'policy'>
  w: PolicyLabels
}

function RulesOf({ row, t, w }: RevisionProps) {
  if (!row.rules) return <StatusBadge tone="bad">{w.revisions.unreadable}</StatusBadge>
  const { rules, otherwise } = fieldsOf(row.rules)
  return (
    <details>
      <summary className="w-fit py-0.5 xl:whitespace-nowrap">{t('revisions.count', { count: rules.length })}</summary>
      <ol className="mt-1 grid gap-1 text-soft">
        {rules.map((rule, index) => (
          <li key={rule.id}>
            {index + 1}. <bdi className="font-[550] text-ink">{nameOf(rule, w)}</bdi>
            {!rule.enabled && ` (${w.rule.off})`} <Sentence rule={rule} w={w} />
          </li>
        ))}
        <li>
          {w.form.otherwise}: {otherwiseText(otherwise, w)}
        </li>
      </ol>
    </details>
  )
}

/** What this revision changed in the one before it. */
function ChangesOf({ row, t, w }: RevisionProps) {
  if (!row.rules || !row.before) return null
  const [before, after] = [fieldsOf(row.before), fieldsOf(row.rules)]
  const { length: count } = differences(before, after)
  return (
    <details>
      <summary className="w-fit py-0.5 xl:whitespace-nowrap">{t('revisions.changed', { count })}</summary>
      <DifferenceList {...{ before, after, w }} />
    </details>
  )
}
