import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { isActionRefusal, refusalMessage } from '@/app/_server/form-action'
import { words } from '@/app/_server/words'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Filters } from '@/components/filters'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import { may } from '@/lib/access/permissions'
import { INVENTORY_STATES, type InventoryCounts, type InventoryFilter } from '@/lib/credentials/inventory'
import type { Words } from '@/lib/kernel/words'
import { wiring } from '@/lib/wiring'
import { CredentialParts } from '../parts'
import { ApplicationFilter } from './application-filter'
import { ApplicationTable } from './application-table'
import { APPLICATIONS, readCursor, readFilter, searchOf } from './query'
import { ReadingPart } from './reading-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('inventory'))('title') }
}

export default async function ApplicationsPage({ searchParams }: PageProps<'/credentials/applications'>) {
  const { locale, actor } = await requireCaller('credentials:read')
  const asked = await searchParams
  const [t, shell, credentials] = await Promise.all([words('inventory'), words('shell'), words('credentials')])
  const { inventory, clock } = wiring()
  const [filter, cursor] = [readFilter(asked), readCursor(asked)]
  const view = await inventory.view(filter, cursor)
  const { page, counts, borders, reader } = view
  const mayWrite = may(actor.role, 'credentials:write')
  const [first, last] = [page.rows.at(0), page.rows.at(-1)]
  const known = counts !== null && Object.values(counts).some((count) => count > 0)
  const told = typeof asked.told === 'string' && t.has(`told.${asked.told}`) ? t(`told.${asked.told}`) : null
  return (
    <Page
      title={t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        { label: credentials('title'), href: '/credentials' },
        { label: t('title') },
      ]}
      description={t('description')}
    >
      <CredentialParts current="applications" />
      {isActionRefusal(asked.refused) && (
        <Note kind="danger" live="alert" className="mb-6">
          {await refusalMessage(asked.refused)}
        </Note>
      )}
      {told && (
        <Note kind="info" live="status" className="mb-6">
          {told}
        </Note>
      )}
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
              <a href={`${APPLICATIONS}/export${searchOf(filter)}`} className="button button-secondary">
                {t('export')}
              </a>
              <PrintButton label={t('print')} />
            </div>
          }
        >
          <Counts counts={counts} filter={filter} t={t} />
          <ApplicationFilter filter={filter} t={t} />
          {page.rows.length === 0 ? (
            <EmptyState
              title={t('filter.nothing')}
              action={<ButtonLink href={APPLICATIONS}>{t('filter.clear')}</ButtonLink>}
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
            newer={page.hasEarlier && first ? APPLICATIONS + searchOf(filter, { kind: 'before', place: first }) : null}
            older={page.hasLater && last ? APPLICATIONS + searchOf(filter, { kind: 'after', place: last }) : null}
            words={{ newer: t('paging.earlier'), older: t('paging.later') }}
          />
        </Section>
      )}
    </Page>
  )
}

/** How many stand how; each count is the list of them. */
function Counts({ counts, filter, t }: { counts: InventoryCounts; filter: InventoryFilter; t: Words }) {
  const all: InventoryFilter = { state: null, kind: null, text: '', muted: 'shown', owner: 'any' }
  const items = INVENTORY_STATES.filter((state) => state !== 'date-unknown' || counts[state] > 0).map((state) => ({
    href: APPLICATIONS + searchOf({ ...all, state }),
    label: t('count', { word: t(`state.${state}`), count: counts[state] }),
    current: filter.state === state && filter.muted === 'shown',
  }))
  const muted = {
    href: APPLICATIONS + searchOf({ ...all, muted: 'muted' }),
    label: t('count', { word: t('state.muted'), count: counts.muted }),
    current: filter.muted === 'muted',
  }
  return <Filters label={t('counts')} items={[...items, muted]} />
}
