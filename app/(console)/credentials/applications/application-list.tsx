import { APPLICATIONS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Filters } from '@/components/filters'
import { Pagination } from '@/components/pagination'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import type { InventoryView } from '@/lib/credentials/inventory/list'
import {
  dueWithinDays,
  INVENTORY_STATES,
  type InventoryCounts,
  type InventoryCursor,
  type InventoryFilter,
  isLatestFirst,
} from '@/lib/credentials/inventory/types'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { Cloud } from '@/lib/kernel/clouds'
import { ApplicationFilter } from './application-filter'
import { ApplicationTable } from './application-table'
import { MuteMatching } from './mute-matching'
import { DUE, isFirstView, searchOf } from './query'

interface List {
  view: InventoryView
  counts: InventoryCounts
  cloud: Cloud
  filter: InventoryFilter
  cursor: InventoryCursor
  mayWrite: boolean
  /** Whether the number of credentials that a bulk change would affect was requested. */
  isBulkRequested: boolean
  locale: Locale
  t: Translator<'inventory'>
}

/** The filtered secrets and certificates of all app registrations. */
export function ApplicationList(list: List) {
  const { view, counts, cloud, filter, cursor, mayWrite, isBulkRequested, locale, t } = list
  const { page, borders } = view
  const days = dueWithinDays(view.watch.thresholdsDays)
  return (
    <Section
      id="list"
      title={t('list')}
      description={t('listHow')}
      aside={
        <div className="no-print flex flex-wrap gap-2">
          <a href={`${APPLICATIONS_PATH}/export${searchOf(filter)}`} className="button button-secondary">
            {t('export')}
          </a>
          <PrintButton label={t('print')} />
        </div>
      }
    >
      <Counts counts={counts} filter={filter} days={days} t={t} />
      <ApplicationFilter filter={filter} days={days} t={t} />
      {mayWrite && page.rows.length > 0 && <MuteMatching filter={filter} isRequested={isBulkRequested} t={t} />}
      {page.rows.length === 0 ? (
        <EmptyState
          title={isFirstView(filter) ? t('nothingDue', { days }) : t('filter.nothing')}
          action={
            <ButtonLink href={APPLICATIONS_PATH + searchOf({ ...filter, state: null })}>
              {t('filter.allStates')}
            </ButtonLink>
          }
        />
      ) : (
        <ApplicationTable
          rows={page.rows}
          cloud={cloud}
          borders={borders}
          locale={locale}
          t={t}
          back={mayWrite ? searchOf(filter, cursor) : null}
        />
      )}
      <Pages page={page} filter={filter} t={t} />
    </Section>
  )
}

function Pages({ page, filter, t }: Pick<List, 'filter' | 't'> & { page: InventoryView['page'] }) {
  const [first, last] = [page.rows.at(0), page.rows.at(-1)]
  const [before, after] = isLatestFirst(filter) ? (['later', 'earlier'] as const) : (['earlier', 'later'] as const)
  return (
    <Pagination
      label={t('paging.label')}
      newer={page.hasEarlier && first ? APPLICATIONS_PATH + searchOf(filter, { kind: 'before', place: first }) : null}
      older={page.hasLater && last ? APPLICATIONS_PATH + searchOf(filter, { kind: 'after', place: last }) : null}
      labels={{ newer: t(`paging.${before}`), older: t(`paging.${after}`) }}
    />
  )
}

/** The number of credentials in each state, as links that filter the list. */
function Counts(props: { counts: InventoryCounts; filter: InventoryFilter; days: number; t: Translator<'inventory'> }) {
  const { counts, filter, days, t } = props
  const due = counts.critical + counts.soon
  const all = INVENTORY_STATES.reduce((sum, state) => sum + counts[state], 0)
  const item = (change: Partial<InventoryFilter>, label: string, count: number) => ({
    href: APPLICATIONS_PATH + searchOf({ ...DUE, ...change }),
    label: t('count', { label, count }),
    current: filter.muted === (change.muted ?? 'shown') && (change.muted === 'muted' || filter.state === change.state),
  })
  return (
    <Filters
      label={t('counts')}
      items={[
        item({ state: 'due' }, t('state.due', { days }), due),
        ...(['critical', 'soon', 'expired', 'healthy', 'date-unknown'] as const)
          .filter((state) => state !== 'date-unknown' || counts[state] > 0)
          .map((state) => item({ state }, t(`state.${state}`), counts[state])),
        item({ state: null }, t('state.all'), all),
        item({ state: null, muted: 'muted' }, t('state.muted'), counts.muted),
      ]}
    />
  )
}
