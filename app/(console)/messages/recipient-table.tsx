import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import type { MessageDetail } from '@/lib/outbox/store/messages'
import { TONE_OF } from './labels'

export function RecipientTable({ message, t }: { message: MessageDetail; t: Translator<'messages'> }) {
  return (
    <Table caption={t('detail.recipients')} rows={message.to} rowKey={({ address }) => address} narrow="run">
      {(column) => [
        column(t('detail.address'), ({ address }) => (
          <Foreign className="sm:block sm:min-w-[11rem]">{address}</Foreign>
        )),
        column(t('detail.state'), ({ state }) => (
          <StatusBadge tone={TONE_OF[state]}>
            {t(message.state === 'held' && state === 'queued' ? 'state.held' : `state.${state}`)}
          </StatusBadge>
        )),
        message.to.some(({ reply }) => reply) &&
          column(
            t('detail.reply'),
            { brief: 'line' },
            ({ reply }) =>
              reply && (
                <span lang="en" className="font-mono text-xs wrap-anywhere">
                  {reply}
                </span>
              ),
          ),
      ]}
    </Table>
  )
}
