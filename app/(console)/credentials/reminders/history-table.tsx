import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { ReminderState } from '@/lib/credentials/reminders/kinds'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Reminder } from '@/lib/credentials/store/reminders'
import type { ViewContext } from '../_list/credential-cells'
import { faultLines } from './fault-text'

const TONE_OF = {
  due: 'warn',
  queued: 'warn',
  sent: 'good',
  covered: 'neutral',
  cancelled: 'neutral',
  failed: 'bad',
} as const satisfies Record<ReminderState, string>

/** The state of each reminder about one credential. */
export function HistoryTable(
  props: ViewContext<'reminders'> & { name: string; rows: readonly Reminder[]; channels: readonly Channel[] },
) {
  const { name, rows, channels, t, ...context } = props
  const columns: Column<Reminder>[] = [
    {
      key: 'what',
      label: t('list.what'),
      cell: ({ thresholdDays }) => (thresholdDays < 0 ? t('list.refused') : t('list.days', { days: thresholdDays })),
    },
    {
      key: 'to',
      label: t('list.to'),
      cell: ({ channelId }) => <Foreign>{channels.find(({ id }) => id === channelId)?.name ?? ''}</Foreign>,
    },
    {
      key: 'state',
      label: t('list.state'),
      cell: ({ state }) => <StatusBadge tone={TONE_OF[state]}>{t(`list.stateIs.${state}`)}</StatusBadge>,
    },
    { key: 'when', label: t('list.when'), cell: (row) => <When row={row} channels={channels} t={t} {...context} /> },
  ]
  return <Table caption={t('list.caption', { name })} columns={columns} rows={rows} rowKey={({ id }) => id} />
}

function When({
  row,
  channels,
  now,
  locale,
  t,
}: ViewContext<'reminders'> & { row: Reminder; channels: readonly Channel[] }) {
  const { state, sentAt, dueAt, nextTryAt, attempts, fault, channelId } = row
  if (state === 'sent' && sentAt) return <Timestamp at={sentAt} now={now} locale={locale} />
  const kind = channels.find(({ id }) => id === channelId)?.kind ?? 'mail'
  return (
    <>
      {t('list.dueSince')} <Timestamp at={dueAt} now={now} locale={locale} />
      {state === 'due' && nextTryAt && (
        <span className="block">
          {t('list.nextTry', { attempts })} <Timestamp at={nextTryAt} now={now} locale={locale} />
        </span>
      )}
      {state === 'failed' && <span className="block">{t('list.givenUp', { attempts })}</span>}
      {fault && (state === 'due' || state === 'queued' || state === 'failed') && (
        <span className="block text-bad">{faultLines(kind, fault, locale).title}</span>
      )}
    </>
  )
}
