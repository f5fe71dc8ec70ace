import type { AuditRow } from '@/lib/audit/log'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import { absolute, relative } from './moment'

const COLUMNS = ['when', 'who', 'what', 'subject', 'result', 'address', 'more'] as const

interface Told {
  locale: Locale
  now: Date
  t: Words
}

export function ActivityTable({ rows, ...told }: Told & { rows: AuditRow[] }) {
  const { t } = told
  return (
    <table className="rack mt-6 w-full text-left text-sm">
      <caption className="sr-only">{t('table.caption')}</caption>
      <thead className="text-xs text-faint">
        <tr>
          {COLUMNS.map((column) => (
            <th key={column} scope="col" className="py-2 pr-4 font-medium">
              {t(`table.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line border-y border-line">
        {rows.map((row) => (
          <ActivityRow key={row.sequence.toString()} row={row} {...told} />
        ))}
      </tbody>
    </table>
  )
}

function ActivityRow({ row, locale, now, t }: Told & { row: AuditRow }) {
  const cell = (column: (typeof COLUMNS)[number]) => ({
    'data-label': t(`table.${column}`),
    className: 'py-2 pr-4 align-top',
  })
  return (
    <tr>
      <td {...cell('when')}>
        <time dateTime={row.at.toISOString()} className="block tabular-nums">
          {absolute(row.at, locale)}
          <span className="block text-xs text-faint">{relative(row.at, now, locale)}</span>
        </time>
      </td>
      <td {...cell('who')}>
        <bdi>{row.actorKind === 'anonymous' ? t('row.anonymous') : row.actorName}</bdi>
      </td>
      <td {...cell('what')}>{t.has(`action.${row.action}`) ? t(`action.${row.action}`) : row.action}</td>
      <td {...cell('subject')}>
        <bdi>{subjectText(row.subject, t)}</bdi>
      </td>
      <td {...cell('result')}>
        <span className={RESULT_LOOK[row.result] ?? ''}>
          {t.has(`result.${row.result}`) ? t(`result.${row.result}`) : row.result}
        </span>
      </td>
      <td {...cell('address')}>
        <bdi>{row.address ?? t('row.noAddress')}</bdi>
      </td>
      <td {...cell('more')}>
        <RowDetails row={row} t={t} />
      </td>
    </tr>
  )
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-good',
  refused: 'font-medium text-warn',
  failed: 'font-medium text-bad',
}

/** `mail-server:<id>` in words: the kind of thing, and its id. */
function subjectText(subject: string | null, t: Words): string {
  if (subject === null) return t('row.noSubject')
  const colon = subject.indexOf(':')
  const kind = colon < 0 ? subject : subject.slice(0, colon)
  if (!/^[a-z-]+$/.test(kind) || !t.has(`subject.${kind}`)) return subject
  return colon < 0 ? t(`subject.${kind}`) : `${t(`subject.${kind}`)} ${subject.slice(colon + 1)}`
}

function RowDetails({ row, t }: { row: AuditRow; t: Words }) {
  const facts: [name: string, value: string][] = [
    [t('row.number'), row.sequence.toString()],
    [t('row.action'), row.action],
    [t('row.requestId'), row.requestId],
    ...Object.entries(row.details).map(([key, value]): [string, string] => [key, String(value)]),
  ]
  return (
    <details>
      <summary>{t('table.more')}</summary>
      <dl className="mt-1 text-xs">
        {facts.map(([name, value]) => (
          <div key={name} className="mt-1">
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
