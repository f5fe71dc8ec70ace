import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CALENDAR_PATH, CREDENTIALS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { Part } from '@/components/panel'
import { absoluteTime } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { CareCells } from './_list/care-cells'
import { DateTable, LifetimeTable } from './_list/credential-table'
import { DueAnswer, DueTickets, NothingToWatch } from './_list/due'
import { ListFilters } from './_list/filters'
import { Horizon } from './_list/horizon'
import { FEW_ROWS, isNarrowed, listHref, paged, queryText, readQuery, selectRows } from './_list/query'
import { rowsOf } from './_list/rows'
import { dependents } from './_view/dependents'
import { DoneNote } from './done-note'
import { credentialTabs } from './tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('title') }
}

/** What needs attention this week, and every credential with its lifetime and its next step. */
export default async function CredentialsPage({ searchParams }: PageProps<'/credentials'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { credentials, clock } = services()
  const parameters = await searchParams
  const [t, tabs, slots, watch, dependentsOn] = await Promise.all([
    getTranslations('credentials'),
    credentialTabs('expiry'),
    credentials.slots(),
    credentials.watch(),
    dependents(),
  ])
  const query = readQuery(parameters)
  const list = selectRows(slots, query)
  const page = paged(list.rows, query, parameters.page)
  const all = rowsOf(slots)
  const urgentFirst = selectRows(slots, readQuery({})).rows
  const context = { now: clock.now(), locale, t }
  const shared = { ...watch, mayWrite: may(actor.role, 'credentials:write'), ...context }
  const isFew = all.length <= FEW_ROWS
  const hasRows = all.length > 0
  const Rows = isFew && query.state !== 'previous' ? LifetimeTable : DateTable
  return (
    <Page
      title={t('title')}
      {...tabs}
      actions={
        <>
          <ButtonLink href={CALENDAR_PATH} icon="calendar">
            {t('calendar')}
          </ButtonLink>
          {hasRows && (
            <a href={`${CREDENTIALS_PATH}/export${queryText(query)}`} className="button button-secondary">
              <Icon name="download" className="size-4" />
              <span className="bar-label">{t('export')}</span>
            </a>
          )}
        </>
      }
    >
      <DoneNote done={parameters.done} count={parameters.count} t={t} />
      <p className="hidden text-sm text-faint print:block">
        {t('printed', { time: absoluteTime(context.now, locale) })}
      </p>
      {hasRows ? (
        <>
          <DueAnswer rows={urgentFirst} {...shared} />
          <DueTickets rows={urgentFirst} {...shared} />
          {!isFew && <Horizon rows={list.ahead} query={query} {...context} />}
          <Part
            id="list"
            title={t('list', { count: list.rows.length })}
            aside={
              all.length > 1 && (
                <Link
                  href={listHref(query, { sort: query.sort ? '' : 'server' }) as Route}
                  prefetch={false}
                  className="no-print prose-link"
                >
                  {t(query.sort ? 'sort.urgent' : 'sort.server')}
                </Link>
              )
            }
          >
            {(all.length > 1 || list.counts.previous > 0 || isNarrowed(query)) && (
              <div className="mb-3">
                <ListFilters query={query} counts={list.counts} all={all} t={t} />
              </div>
            )}
            {page.rows.length > 0 ? (
              <Rows rows={page.rows} query={query} dependents={dependentsOn} {...shared} />
            ) : (
              <p className="flex flex-wrap items-center gap-3 text-soft">
                {t('filter.nothing')}
                <ButtonLink href={CREDENTIALS_PATH}>{t('filter.clear')}</ButtonLink>
              </p>
            )}
            <Pagination
              label={t('paging.label')}
              newer={page.before}
              older={page.after}
              labels={{ newer: t('paging.before'), older: t('paging.after') }}
            />
          </Part>
        </>
      ) : (
        <NothingToWatch {...shared} />
      )}
      <CareCells {...context} thresholdsDays={watch.thresholdsDays} />
    </Page>
  )
}
