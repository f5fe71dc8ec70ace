import type { Route } from 'next'
import Link from 'next/link'
import { Foreign } from '@/components/foreign'
import { WordBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { relativeTime, Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import type { MessageRow } from '@/lib/outbox/ports'
import { MessageStateBadge } from './message-state'
import { reasonText } from './message-words'
import { MESSAGES_PATH } from './query'

const TEXT_ROOM = 'block sm:min-w-[7rem]'

/** `choose`: each row has a box for the form that `form` names. */
export function MessageTable(props: {
  rows: readonly MessageRow[]
  form: string | null
  now: Date
  locale: Locale
  t: Words
  diagnosis: Words
}) {
  const { rows, form, now, locale, t, diagnosis } = props
  const columns: Column<MessageRow>[] = [
    {
      key: 'subject',
      label: t('table.subject'),
      cell: (row) => (
        <div className="flex items-baseline gap-2.5">
          {form && (
            <input
              type="checkbox"
              name="id"
              value={row.id}
              form={form}
              aria-label={`${t('table.choose')}: ${row.subject}`}
              className="size-4 shrink-0 translate-y-0.5"
            />
          )}
          <Link href={`${MESSAGES_PATH}/${row.id}` as Route} prefetch={false} className="prose-link">
            <Foreign room={TEXT_ROOM}>{row.subject}</Foreign>
          </Link>
        </div>
      ),
    },
    {
      key: 'to',
      label: t('table.to'),
      cell: ({ recipient, recipients }) => (
        <>
          <Foreign room={TEXT_ROOM}>{recipient}</Foreign>
          {recipients > 1 && <span className="text-faint"> {t('table.more', { count: recipients - 1 })}</span>}
        </>
      ),
    },
    {
      key: 'state',
      label: t('table.state'),
      cell: (row) => <StateCell row={row} now={now} locale={locale} t={t} diagnosis={diagnosis} />,
    },
    {
      key: 'accepted',
      label: t('table.accepted'),
      cell: ({ acceptedAt }) => <Timestamp at={acceptedAt} now={now} locale={locale} />,
    },
    { key: 'tries', label: t('table.tries'), align: 'end', cell: ({ tries }) => tries },
  ]
  return <Table caption={t('table.caption')} columns={columns} rows={rows} rowKey={({ id }) => id} />
}

function StateCell(props: { row: MessageRow; now: Date; locale: Locale; t: Words; diagnosis: Words }) {
  const { row, now, locale, t, diagnosis } = props
  const why = row.reason ?? (row.state === 'queued' ? row.lastCode : null)
  const isLater = row.state === 'queued' && row.dueAt > now
  return (
    <div className="grid justify-items-start gap-1">
      <MessageStateBadge state={row.state} t={t} />
      {why && <span className="text-xs text-soft">{reasonText(why, t, diagnosis)}</span>}
      {isLater && (
        <span className="text-xs text-faint">{t('table.next', { when: relativeTime(row.dueAt, now, locale) })}</span>
      )}
      {row.mayBeDuplicate && <WordBadge tone="warn">{t('mayBeDuplicate')}</WordBadge>}
    </div>
  )
}
