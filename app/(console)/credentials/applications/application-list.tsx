import { APPLICATIONS_PATH } from '@/app/paths'
import { PlainForm } from '@/components/action-form'
import { EmptyState } from '@/components/answer'
import { BulkBar } from '@/components/bulk-bar'
import { Button, ButtonLink } from '@/components/button'
import { Icon } from '@/components/icon'
import {
  choicesOf,
  countOnPage,
  Facets,
  Pagination,
  RadioFacet,
  SearchBox,
  Segments,
  SelectFacet,
} from '@/components/list-controls'
import { Note } from '@/components/note'
import { Part } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Foreign, PlainLink, TextLink } from '@/components/text'
import type { InventoryView } from '@/lib/credentials/inventory/list'
import {
  INVENTORY_STATES,
  type InventoryCounts,
  type InventoryFilter,
  type InventoryRow,
  type InventoryState,
  inventoryState,
  isForUnmuting,
  isLatestFirst,
  ORDER_CHOICES,
} from '@/lib/credentials/inventory/types'
import { pageIn } from '@/lib/diagnosis'
import type { TextContext } from '@/lib/i18n/translations'
import type { Cloud } from '@/lib/kernel'
import { services } from '@/lib/services'
import { Owners } from '../_view/labels'
import { muteAction, muteMatchingAction } from './actions'
import { DUE, paramsOf, rowValue, searchOf } from './query'

interface List extends TextContext<'inventory'> {
  view: InventoryView
  counts: InventoryCounts
  cloud: Cloud
  filter: InventoryFilter
  mayWrite: boolean
  /** Whether the number of credentials that a bulk change would affect was requested. */
  isBulkRequested: boolean
}

export function ApplicationList(list: List) {
  const { view, filter, t } = list
  const { page } = view
  const link = (to: number) => APPLICATIONS_PATH + searchOf(filter, to)
  return (
    <Part id="list" title={t('list')}>
      <ListFilters {...list} />
      <Applications {...list} />
      <Pagination
        t={isLatestFirst(filter) ? (key) => t(`latest.${key}`) : t}
        newer={page.number > 1 ? link(page.number - 1) : null}
        older={page.hasLater ? link(page.number + 1) : null}
      />
    </Part>
  )
}

function Applications(list: List) {
  const { view, filter, mayWrite, t } = list
  const { page } = view
  if (page.rows.length === 0) {
    const all = [APPLICATIONS_PATH, t('filter.clearAll')] as const
    return <EmptyState title={t('filter.nothing')} link={searchOf(filter) !== '' && all} />
  }
  const way = isForUnmuting(filter) ? 'unmute' : 'mute'
  const table = (
    <Table
      caption={t('list')}
      rows={page.rows}
      rowKey={rowValue}
      choice={
        mayWrite && {
          one: (row: InventoryRow) => (
            <input
              type="checkbox"
              name="chosen"
              value={rowValue(row)}
              aria-label={t('table.chooseOne', { name: row.displayName || row.application || row.keyId })}
            />
          ),
        }
      }
    >
      {columnsOf(list)}
    </Table>
  )
  if (!mayWrite) return table
  return (
    <>
      <MuteMatching {...list} />
      <PlainForm action={muteAction} hidden={{ back: searchOf(filter, page.number) }}>
        <BulkBar name={t('bulk.name')} chosen={t('bulk.chosen')} list={table}>
          <Button name="wanted" value={way} text={t(way)} />
        </BulkBar>
      </PlainForm>
    </>
  )
}

function ListFilters({ view, counts, filter, t }: List) {
  const chosen = filter.owner.startsWith('=') ? filter.owner.slice(1) : null
  // An owner that only the address names stays in the form.
  const named = [...new Set([...(view.done?.frequentOwners ?? []), ...(chosen === null ? [] : [chosen])])]
  const item = (state: InventoryFilter['state'], counted: readonly (keyof InventoryCounts)[]) => ({
    href: APPLICATIONS_PATH + searchOf({ ...filter, state }),
    label: t(`state.${state}`),
    ...(view.matching && { count: t.number(sumOf(view.matching, counted)) }),
    current: filter.state === state,
  })
  const of = { path: APPLICATIONS_PATH, query: paramsOf(filter), t }
  return (
    <div className="mb-3 grid gap-3">
      <Segments
        label={t('counts')}
        items={[
          item('due', ['critical', 'soon']),
          item('healthy', ['healthy']),
          item('expired', ['expired']),
          ...(counts['date-unknown'] > 0 ? [item('date-unknown', ['date-unknown'])] : []),
          item('all', INVENTORY_STATES),
          item('muted', ['muted']),
        ]}
      />
      <Facets results={countOnPage(view.page.rows, view.page.number > 1 || view.page.hasLater, t)}>
        <SelectFacet
          {...of}
          name="owner"
          options={[
            { value: 'none', label: t('filter.noOwner') },
            ...named.map((name) => ({ value: `=${name}`, label: name })),
          ]}
        />
        <RadioFacet {...of} name="kind" options={choicesOf(['secret', 'certificate'], (kind) => t(`kind.${kind}`))} />
        <RadioFacet {...of} name="order" options={choicesOf(ORDERS, (order) => t(`order.${order}`))} />
        <SearchBox {...of} label={t('filter.text')} value={filter.text} />
      </Facets>
    </div>
  )
}

const sumOf = (counts: InventoryCounts, states: readonly (keyof InventoryCounts)[]): number =>
  states.reduce((sum, state) => sum + counts[state], 0)

const ORDERS = ORDER_CHOICES.filter((order) => order !== DUE.order)

/** Changes everything that matches the filter. The number of credentials is counted and confirmed only on request. */
async function MuteMatching({ filter, isBulkRequested, t }: List) {
  const way = isForUnmuting(filter) ? 'unmute' : 'mute'
  const back = searchOf(filter)
  if (!isBulkRequested)
    return (
      <p className="no-print mb-3 text-sm">
        <TextLink href={`${APPLICATIONS_PATH}${back === '' ? '?' : `${back}&`}bulk=ask`}>
          {t(`bulk.${way}.link`)}
        </TextLink>
      </p>
    )
  const count = await services().inventory.countToMute(filter)
  return (
    <Note kind="warning" className="no-print mb-4" title={t(`bulk.${way}.title`, { count })}>
      <p>{t(`bulk.${way}.text`)}</p>
      <PlainForm action={muteMatchingAction} className="mt-3 flex flex-wrap gap-2" hidden={{ back }}>
        <Button kind="primary" text={t(`bulk.${way}.confirm`, { count })} />
        <ButtonLink kind="quiet" href={APPLICATIONS_PATH + back} text={t('bulk.cancel')} />
      </PlainForm>
    </Note>
  )
}

const TONE_OF = {
  expired: 'bad',
  critical: 'bad',
  soon: 'warn',
  healthy: 'good',
  'date-unknown': 'neutral',
  muted: 'neutral',
} as const satisfies Record<InventoryState | 'muted', string>

/** Names are chosen by people in the tenant, so each has its own writing direction. */
function columnsOf(list: List): Columns<InventoryRow> {
  const { view, t } = list
  return (column) => [
    column(t('table.application'), ({ application, appId }) => (
      <>
        <Foreign className="block sm:min-w-[8rem]">{application || t('table.unnamed')}</Foreign>
        <span className="block font-mono text-xs font-[400] wrap-anywhere text-faint">{appId}</span>
        <PortalLink appId={appId} {...list} />
      </>
    )),
    column(t('table.state'), ({ endsAt, mutedAt }) => {
      const state = mutedAt ? 'muted' : inventoryState(endsAt, view.borders)
      return <StatusBadge tone={TONE_OF[state]}>{t(`state.${state}`)}</StatusBadge>
    }),
    column(t('table.ends'), ({ endsAt }) => (
      <span className="xl:whitespace-nowrap">{endsAt ? t.date(endsAt) : <span className="text-faint">–</span>}</span>
    )),
    column(t('table.credential'), (row) => <Credential row={row} {...list} />),
    column(t('table.owners'), { brief: 'named' }, ({ owners }) => <Owners owners={owners} none={t('table.noOwner')} />),
  ]
}

function Credential({ row: { kind, displayName, hint, thumbprint }, t }: List & { row: InventoryRow }) {
  return (
    <>
      {t(`kind.${kind}`)}
      {displayName && <Foreign className="block">{displayName}</Foreign>}
      {(hint ?? thumbprint) && (
        <span className="block font-mono text-xs wrap-anywhere text-faint">{hint ? `${hint}…` : thumbprint}</span>
      )}
    </>
  )
}

/** A link to the portal page where this application's credentials are changed, if the cloud's portal has one. */
function PortalLink({ appId, cloud, t }: Pick<List, 'cloud' | 't'> & { appId: string }) {
  const page = pageIn(cloud, 'credentials', { clientId: appId })
  if (page?.label !== 'credentials') return null
  return (
    <PlainLink href={page.url} isExternal className="no-print inline-flex items-center gap-1 text-xs font-[400]">
      {t('table.portal')}
      <Icon name="external" className="size-3" />
    </PlainLink>
  )
}
