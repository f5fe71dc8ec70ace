import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { AuditRow } from '@/lib/audit/log'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'

/** Foreign text stands in `<bdi>`, so that its writing direction ends with it. */
export function ActivityTable(props: { rows: AuditRow[]; locale: Locale; now: Date; t: Words }) {
  const { rows, locale, now, t } = props
  const columns: Column<AuditRow>[] = [
    { key: 'when', label: t('table.when'), cell: ({ at }) => <Timestamp at={at} now={now} locale={locale} /> },
    { key: 'who', label: t('table.who'), cell: (row) => <bdi>{actorText(row, t)}</bdi> },
    { key: 'what', label: t('table.what'), cell: ({ action }) => known(t, `action.${action}`) ?? action },
    { key: 'subject', label: t('table.subject'), cell: ({ subject }) => <bdi>{subjectText(subject, t)}</bdi> },
    { key: 'result', label: t('table.result'), cell: ({ result }) => <Outcome result={result} t={t} /> },
    {
      key: 'address',
      label: t('table.address'),
      cell: ({ address }) => <bdi>{address ?? t('row.noAddress')}</bdi>,
    },
    { key: 'more', label: t('table.more'), cell: (row) => <RowDetails row={row} t={t} /> },
  ]
  return <Table caption={t('table.caption')} columns={columns} rows={rows} rowKey={({ sequence }) => `${sequence}`} />
}

/** A later version's rows may name what this one has no word for. */
const known = (t: Words, key: string): string | null => (t.has(key) ? t(key) : null)

const actorText = ({ actorKind, actorName }: AuditRow, t: Words): string =>
  actorKind === 'anonymous' ? t('row.anonymous') : actorName

/** `mail-server:<id>` in words: the kind of thing, and its id. */
function subjectText(subject: string | null, t: Words): string {
  if (subject === null) return t('row.noSubject')
  const [, kind = '', id = ''] = /^([a-z-]+)(?::(.*))?$/.exec(subject) ?? []
  const word = known(t, `subject.${kind}`)
  return kind && word ? `${word} ${id}`.trim() : subject
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-good',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

function Outcome({ result, t }: { result: string; t: Words }) {
  return <span className={RESULT_LOOK[result] ?? ''}>{known(t, `result.${result}`) ?? result}</span>
}

function RowDetails({ row, t }: { row: AuditRow; t: Words }) {
  const facts: [name: string, value: string][] = [
    [t('row.number'), `${row.sequence}`],
    [t('row.exactTime'), row.at.toISOString()],
    [t('row.action'), row.action],
    [t('row.requestId'), row.requestId],
    ...Object.entries(row.details).map(([key, value]): [string, string] => [key, String(value)]),
  ]
  return (
    <details>
      <summary className="text-accent">
        {t('table.more')}
        <span className="sr-only"> {`${row.sequence}`}</span>
      </summary>
      <dl className="mt-1 grid gap-1 text-xs">
        {facts.map(([name, value]) => (
          <div key={`${name} ${value}`}>
            <dt className="text-faint">
              <bdi>{name}</bdi>
            </dt>
            <dd className="font-mono">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
