import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH, MAIL_SERVERS_PATH, SET_UP_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import { absoluteTime } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import type { CredentialView } from '@/lib/credentials/deps'
import { services } from '@/lib/services'
import { CalendarFeeds } from './_calendar/calendar-feeds'
import { RotateAhead } from './_graph/rotate-ahead'
import { CredentialFilter } from './_list/credential-filter'
import { CredentialTable } from './_list/credential-table'
import { dependents } from './_list/dependents'
import { LifePicture } from './_list/lifetime-chart'
import { chosen, paged, queryText, readQuery } from './_list/query'
import { DoneNote } from './done-note'
import { CredentialParts } from './parts'
import { TenantPart } from './tenant-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('title') }
}

export default async function CredentialsPage({ searchParams }: PageProps<'/credentials'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { credentials, calendar, clock } = services()
  const asked = await searchParams
  const [t, shell, slots, { thresholdsDays }, feeds, dependentsOn] = await Promise.all([
    getTranslations('credentials'),
    getTranslations('shell'),
    credentials.slots(),
    credentials.watch(),
    calendar.feeds(),
    dependents(),
  ])
  const query = readQuery(asked)
  const all = slots.flatMap(({ current, next, previous }) =>
    [current, next, ...previous].filter((view) => view !== null),
  )
  const views = chosen(all, query)
  const page = paged(views, query, asked.page)
  const mayWrite = may(actor.role, 'credentials:write')
  const told = { now: clock.now(), locale, t }
  return (
    <Page
      title={t('title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title') }]}
      description={t('description')}
    >
      <p className="mb-4 hidden text-sm text-faint print:block">
        {t('printed', { time: absoluteTime(told.now, locale) })}
      </p>
      <CredentialParts current="credentials" />
      <DoneNote done={asked.done} t={t} />
      {all.length === 0 ? (
        <EmptyState
          title={t('empty.title')}
          action={
            <>
              <ButtonLink kind="primary" href={MAIL_SERVERS_PATH}>
                {t('empty.toMailServer')}
              </ButtonLink>
              <ButtonLink href={SET_UP_PATH}>{t('empty.toSetUp')}</ButtonLink>
            </>
          }
        >
          <p>{t('empty.text')}</p>
        </EmptyState>
      ) : (
        <Section
          id="list"
          title={t('list')}
          aside={
            <div className="no-print flex flex-wrap gap-2">
              <a href={`${CREDENTIALS_PATH}/export${queryText(query)}`} className="button button-secondary">
                {t('export')}
              </a>
              <PrintButton label={t('print')} />
            </div>
          }
        >
          {views.length > 0 && (
            <div className="mb-6">
              <LifePicture
                views={page.rows}
                thresholdsDays={thresholdsDays}
                usesPassword={all.some(({ kind }) => kind === 'smtp-password')}
                {...told}
              />
            </div>
          )}
          <CredentialFilter
            query={query}
            servers={slots.map(({ mailServer }) => mailServer)}
            owners={ownersOf(all)}
            t={t}
          />
          {views.length === 0 ? (
            <EmptyState title={t('filter.nothing')} />
          ) : (
            <CredentialTable views={page.rows} slots={slots} dependents={dependentsOn} {...told} />
          )}
          <Pagination
            label={t('paging.label')}
            newer={page.before}
            older={page.after}
            labels={{ newer: t('paging.before'), older: t('paging.after') }}
          />
        </Section>
      )}
      {all.length > 0 && mayWrite && <RotateAhead t={t} />}
      {all.length > 0 && <TenantPart {...told} />}
      {all.length > 0 && <CalendarFeeds feeds={feeds} mayWrite={mayWrite} {...told} />}
    </Page>
  )
}

const ownersOf = (views: readonly CredentialView[]): string[] =>
  [...new Set(views.flatMap(({ owners }) => owners))].sort((a, b) => a.localeCompare(b))
