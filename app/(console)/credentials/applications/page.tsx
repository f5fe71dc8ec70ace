import type { Metadata } from 'next'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { APPLICATIONS_PATH, CREDENTIALS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Filters } from '@/components/filters'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import { may } from '@/lib/access/permissions'
import {
  dueWithinDays,
  INVENTORY_STATES,
  type InventoryCounts,
  type InventoryFilter,
  isLatestFirst,
} from '@/lib/credentials/inventory/types'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CredentialParts } from '../parts'
import { ApplicationFilter } from './application-filter'
import { ApplicationTable } from './application-table'
import { MuteMatching } from './mute-matching'
import { DUE, isFirstView, readCursor, readFilter, searchOf } from './query'
import { ReadingPart } from './reading-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('inventory'))('title') }
}

export default async function ApplicationsPage({ searchParams }: PageProps<'/credentials/applications'>) {
  const { locale, actor } = await requireCaller('credentials:read')
  const asked = await searchParams
  const [t, shell, credentials] = await Promise.all([
    getTranslations('inventory'),
    getTranslations('shell'),
    getTranslations('credentials'),
  ])
  const { inventory, clock } = services()
  const [filter, cursor] = [readFilter(asked), readCursor(asked)]
  const view = await inventory.view(filter, cursor)
  const { page, counts, borders, reader } = view
  const mayWrite = may(actor.role, 'credentials:write')
  const [first, last] = [page.rows.at(0), page.rows.at(-1)]
  const known = counts !== null && Object.values(counts).some((count) => count > 0)
  const days = dueWithinDays(view.watch.thresholdsDays)
  const [before, after] = isLatestFirst(filter) ? (['later', 'earlier'] as const) : (['earlier', 'later'] as const)
  return (
    <Page
      title={t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        { label: credentials('title'), href: CREDENTIALS_PATH },
        { label: t('title') },
      ]}
      description={t('description')}
    >
      <CredentialParts current="applications" />
      <FlashMessage query={asked} t={t} />
      <ReadingPart
        view={view}
        may={{ write: mayWrite, test: may(actor.role, 'credentials:test') }}
        now={clock.now()}
        locale={locale}
        t={t}
        copy={{ copy: t('copy'), copied: t('copied') }}
      />
      {!known && view.done && <EmptyState title={t('noneFound')} />}
      {known && reader && (
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
          {mayWrite && page.rows.length > 0 && <MuteMatching filter={filter} asked={asked.bulk === 'ask'} t={t} />}
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
              cloud={reader.cloud}
              borders={borders}
              locale={locale}
              t={t}
              back={mayWrite ? searchOf(filter, cursor) : null}
            />
          )}
          <Pagination
            label={t('paging.label')}
            newer={
              page.hasEarlier && first ? APPLICATIONS_PATH + searchOf(filter, { kind: 'before', place: first }) : null
            }
            older={page.hasLater && last ? APPLICATIONS_PATH + searchOf(filter, { kind: 'after', place: last }) : null}
            labels={{ newer: t(`paging.${before}`), older: t(`paging.${after}`) }}
          />
        </Section>
      )}
    </Page>
  )
}

/** How many there are of each; each count leads to the list of them. */
function Counts(props: { counts: InventoryCounts; filter: InventoryFilter; days: number; t: Translator<'inventory'> }) {
  const { counts, filter, days, t } = props
  const due = counts.critical + counts.soon
  const all = INVENTORY_STATES.reduce((sum, state) => sum + counts[state], 0)
  const item = (wish: Partial<InventoryFilter>, word: string, count: number) => ({
    href: APPLICATIONS_PATH + searchOf({ ...DUE, ...wish }),
    label: t('count', { word, count }),
    current: filter.muted === (wish.muted ?? 'shown') && (wish.muted === 'muted' || filter.state === wish.state),
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
