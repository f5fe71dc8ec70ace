import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { RecipientState } from '@/lib/outbox/message'
import type { MessageDetail } from '@/lib/outbox/store/messages'

type Recipient = MessageDetail['to'][number]

const TONE: Record<RecipientState, 'neutral' | 'good' | 'bad' | 'accent'> = {
  queued: 'accent',
  delivered: 'good',
  declined: 'neutral',
  failed: 'bad',
  cancelled: 'neutral',
}

/** The recipients, each with the server's reply to it. */
export function RecipientTable(props: {
  recipients: readonly Recipient[]
  now: Date
  locale: Locale
  t: Translator<'messages'>
}) {
  const { recipients, now, locale, t } = props
  const columns: Column<Recipient>[] = [
    { key: 'address', label: t('detail.address'), cell: ({ address }) => <Foreign>{address}</Foreign> },
    {
      key: 'state',
      label: t('detail.state'),
      cell: ({ state, code }) => (
        <div className="grid justify-items-start gap-1">
          <StatusBadge tone={TONE[state]}>{t(`recipientState.${state}`)}</StatusBadge>
          {code && state !== 'declined' && <span className="font-mono text-xs text-soft">{code}</span>}
        </div>
      ),
    },
    {
      key: 'reply',
      label: t('detail.reply'),
      cell: ({ reply }) => (reply ? <span className="font-mono text-xs wrap-anywhere">{reply}</span> : '–'),
    },
    {
      key: 'at',
      label: t('detail.at'),
      cell: ({ at }) => (at ? <Timestamp at={at} now={now} locale={locale} /> : '–'),
    },
  ]
  return (
    <Table caption={t('detail.recipients')} columns={columns} rows={recipients} rowKey={({ address }) => address} />
  )
}
