import { submissionSessionPath } from '@/app/paths'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Link } from '@/components/text'
import type { ViewContext } from '@/lib/i18n/translations'
import type { SessionRecord } from '@/lib/submission/smtp/session-record'

export function SessionTable(
  props: ViewContext<'clients'> & {
    sessions: readonly SessionRecord[]
    /** Names by client id, including removed ones; absent if all sessions are of one client. */
    names?: ReadonlyMap<string, string>
  },
) {
  const { sessions, names, now, t } = props
  return (
    <Table caption={t('sessions.caption')} rows={sessions} rowKey={({ id }) => id} narrow="run">
      {(column) => [
        column(t('sessions.at'), ({ id, startedAt }) => (
          <Link href={submissionSessionPath(id)} className="rack-name whitespace-nowrap tabular-nums">
            {t.recentTime(startedAt, now)}
          </Link>
        )),
        column(t(names ? 'sessions.client' : 'session.address'), ({ clientId, login, address }) => {
          const name = names && ((clientId && names.get(clientId)) || login)
          return (
            <div className="flex flex-wrap items-baseline gap-x-2 sm:block">
              {name && <Foreign>{name}</Foreign>}
              <span className={name ? 'text-xs text-faint sm:block' : ''}>{address}</span>
            </div>
          )
        }),
        column(t('sessions.result'), ({ accepted, refusal }) => (
          <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            {accepted > 0 && (
              <StatusBadge tone="good">
                {t('sessions.accepted', { count: accepted, number: t.number(accepted) })}
              </StatusBadge>
            )}
            {refusal && <StatusBadge tone="bad">{t('sessions.refused')}</StatusBadge>}
            {refusal && (
              <span className="inline-block text-xs text-soft first-letter:uppercase">
                {t.lookUp(`refused.${refusal}`) ?? refusal}
              </span>
            )}
            {accepted === 0 && !refusal && <StatusBadge tone="neutral">{t('sessions.nothing')}</StatusBadge>}
          </div>
        )),
        column(t('sessions.entrance'), { wide: true }, ({ entrance }) => t(`sessions.entranceName.${entrance}`)),
        column(t('sessions.duration'), { align: 'end', wide: true }, ({ durationMs }) => t.duration(durationMs)),
      ]}
    </Table>
  )
}
