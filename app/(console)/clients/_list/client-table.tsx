import { ALERTS_PATH, clientPath } from '@/app/paths'
import type { Tone } from '@/components/answer'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Named, NameLink, TextLink } from '@/components/text'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import type { ClientCounts } from '@/lib/outbox/store/waiting'
import type { ClientState } from '@/lib/submission/client'
import { shownCount } from '../../messages/labels'
import type { ListedClient } from './query'

export const STATE_TONE: Record<ClientState, Tone> = {
  refused: 'bad',
  stopped: 'warn',
  active: 'good',
  silent: 'warn',
  unused: 'info',
  over: 'bad',
  disabled: 'neutral',
}

export function ClientTable(
  props: ViewContext<'clients'> & {
    rows: readonly ListedClient[]
    counts: ReadonlyMap<string, ClientCounts>
  },
) {
  const { rows, counts, now, t } = props
  return (
    <Table caption={t('table.caption')} rows={rows} rowKey={({ client }) => client.id}>
      {(column) => [
        column(t('table.name'), ({ client: { id, name, kind, way } }) => (
          <>
            <NameLink href={clientPath(id)} name={name} className="sm:min-w-[7rem]" />{' '}
            <span className="text-xs font-[400] text-soft sm:block">{`${t(`kind.${kind}`)}, ${t(`way.${way}`)}`}</span>
          </>
        )),
        column(t('table.place'), { wide: true }, ({ client: { place, owner } }) => (
          <>
            {place && <Foreign>{place}</Foreign>}
            {owner && <Foreign className="block text-xs text-faint">{owner}</Foreign>}
            {!place && !owner && <span className="text-faint">–</span>}
          </>
        )),
        column(t('table.state'), (row) => <ClientStateLabel row={row} t={t} />),
        column(t('table.seen'), { brief: 'named' }, ({ client: { lastSeenAt, lastAddress } }) =>
          lastSeenAt ? (
            <div className="flex flex-wrap gap-x-2 sm:block">
              <span className="whitespace-nowrap tabular-nums">{t.recentTime(lastSeenAt, now)}</span>
              {lastAddress && <Foreign className="text-xs text-faint sm:block">{lastAddress}</Foreign>}
            </div>
          ) : (
            <span className="text-faint">{t('table.never')}</span>
          ),
        ),
        ...(['day', 'week'] as const).map((period) =>
          column(t(`table.${period}`), { align: 'end', wide: true }, ({ client }) =>
            shownCount(counts.get(client.id)?.[period] ?? 0, t),
          ),
        ),
      ]}
    </Table>
  )
}

/** What it is doing; if it was refused, why, and if there is an alert, the way to it. Its page says what to do. */
export function ClientStateLabel({ row, t }: { row: ListedClient; t: Translator<'clients'> }) {
  const code = row.state === 'refused' ? row.client.lastError : null
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5 sm:grid sm:justify-items-start">
      <StatusBadge tone={STATE_TONE[row.state]}>{t(`state.${row.state}`)}</StatusBadge>
      {code && <span className="text-xs text-soft first-letter:uppercase">{t.lookUp(`refused.${code}`) ?? code}</span>}
      {row.state === 'stopped' && (
        <TextLink href={ALERTS_PATH} className="text-xs">
          <Named text={t('one.alert')} of={row.client.name} />
        </TextLink>
      )}
    </div>
  )
}
