import { clientPath } from '@/app/paths'
import { Fact, Facts } from '@/components/data-list'
import { Panel } from '@/components/panel'
import { Foreign, Link } from '@/components/text'
import type { ViewContext } from '@/lib/i18n/translations'
import type { ClientCounts } from '@/lib/outbox/store/waiting'
import { shownCount } from '../../messages/labels'
import { ClientStateLabel } from './client-table'
import type { ListedClient } from './query'

/** The one client of the console with four facts, instead of a table of one row. */
export function OnlyClient(
  props: ViewContext<'clients'> & { row: ListedClient; counts: ReadonlyMap<string, ClientCounts> },
) {
  const { row, counts, now, t } = props
  const { id, name, kind, way, place, owner, lastSeenAt, lastAddress } = row.client
  const { day = 0, week = 0 } = counts.get(id) ?? {}
  return (
    <Panel
      title={
        <Link href={clientPath(id)} className="py-1 hover:underline">
          <Foreign>{name}</Foreign>
        </Link>
      }
      description={`${t(`kind.${kind}`)}, ${t(`way.${way}`)}`}
      aside={<ClientStateLabel row={row} t={t} />}
      flush
    >
      <Facts className="border-t border-line">
        <Fact isFigure term={t('table.day')} value={shownCount(day, t)} />
        <Fact isFigure term={t('table.week')} value={shownCount(week, t)} />
        <Fact
          term={t('table.seen')}
          value={lastSeenAt ? t.recentTime(lastSeenAt, now) : t('table.never')}
          about={lastAddress}
        />
        <Fact
          term={t('table.place')}
          value={place ? <Foreign>{place}</Foreign> : '–'}
          about={owner && <Foreign>{owner}</Foreign>}
        />
      </Facts>
    </Panel>
  )
}
