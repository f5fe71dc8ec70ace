import type { ReactNode } from 'react'
import { Foreign } from '@/components/foreign'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { AuditRow } from '@/lib/audit/log'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import { type KnownNames, subjectText } from './subject'

const NAME_ROOM = 'block sm:min-w-[4.5rem] md:min-w-[6.5rem]'

export function ActivityTable(props: { rows: AuditRow[]; names: KnownNames; locale: Locale; now: Date; t: Words }) {
  const { rows, names, locale, now, t } = props
  const columns: Column<AuditRow>[] = [
    {
      key: 'when',
      label: t('table.when'),
      share: 'xl:w-[15%]',
      cell: ({ at }) => (
        <Sentence>
          <Timestamp at={at} now={now} locale={locale} />
        </Sentence>
      ),
    },
    {
      key: 'who',
      label: t('table.who'),
      share: 'xl:w-[16%]',
      cell: (row) => <Foreign room={NAME_ROOM}>{actorText(row, t)}</Foreign>,
    },
    {
      key: 'what',
      label: t('table.what'),
      share: 'xl:w-[18%]',
      cell: ({ action }) => <Sentence>{known(t, `action.${action}`) ?? action}</Sentence>,
    },
    {
      key: 'subject',
      label: t('table.subject'),
      share: 'xl:w-[16%]',
      cell: (row) => <Foreign room={NAME_ROOM}>{subjectText(row, names, t)}</Foreign>,
    },
    {
      key: 'result',
      label: t('table.result'),
      share: 'xl:w-[8%]',
      cell: ({ result }) => <Outcome result={result} t={t} />,
    },
    {
      key: 'address',
      label: t('table.address'),
      share: 'xl:w-[11%]',
      cell: ({ address }) => <Foreign room="block sm:min-w-[4rem]">{address ?? t('row.noAddress')}</Foreign>,
    },
    { key: 'more', label: t('table.more'), share: 'xl:w-[16%]', cell: (row) => <RowDetails row={row} t={t} /> },
  ]
  return <Table caption={t('table.caption')} columns={columns} rows={rows} rowKey={({ sequence }) => `${sequence}`} />
}

/** Our own words: the column is never narrower than the longest of them. */
function Sentence({ children }: { children: ReactNode }) {
  return <div className="wrap-break-word">{children}</div>
}

/** A later version's rows may name what this one has no word for. */
const known = (t: Words, key: string): string | null => (t.has(key) ? t(key) : null)

const actorText = ({ actorKind, actorName }: AuditRow, t: Words): string =>
  actorKind === 'anonymous' ? t('row.anonymous') : actorName

const RESULT_LOOK: Record<string, string> = {
  done: 'text-good',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

function Outcome({ result, t }: { result: string; t: Words }) {
  return (
    <span className={`whitespace-nowrap ${RESULT_LOOK[result] ?? ''}`}>{known(t, `result.${result}`) ?? result}</span>
  )
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
      <summary className="whitespace-nowrap text-accent">
        {t('table.more')}
        <span className="sr-only"> {`${row.sequence}`}</span>
      </summary>
      <dl className="mt-1 grid gap-1 text-xs wrap-anywhere">
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
