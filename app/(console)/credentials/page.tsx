import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { Page } from '@/components/page'
import { absoluteTime } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { CalendarFeeds } from './_calendar/calendar-feeds'
import { RotateAhead } from './_graph/rotate-ahead'
import { CredentialList, NoCredentials } from './_list/credential-list'
import { dependents } from './_list/dependents'
import { readQuery } from './_list/query'
import { DoneNote } from './done-note'
import { CredentialParts } from './parts'
import { TenantPart } from './tenant-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('title') }
}

export default async function CredentialsPage({ searchParams }: PageProps<'/credentials'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { credentials, calendar, clock } = services()
  const parameters = await searchParams
  const [t, shell, slots, { thresholdsDays }, feeds, dependentsOn] = await Promise.all([
    getTranslations('credentials'),
    getTranslations('shell'),
    credentials.slots(),
    credentials.watch(),
    calendar.feeds(),
    dependents(),
  ])
  const all = slots.flatMap(({ current, next, previous }) =>
    [current, next, ...previous].filter((view) => view !== null),
  )
  const mayWrite = may(actor.role, 'credentials:write')
  const context = { now: clock.now(), locale, t }
  return (
    <Page
      title={t('title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title') }]}
      description={t('description')}
    >
      <p className="mb-4 hidden text-sm text-faint print:block">
        {t('printed', { time: absoluteTime(context.now, locale) })}
      </p>
      <CredentialParts current="credentials" />
      <DoneNote done={parameters.done} t={t} />
      {all.length === 0 ? (
        <NoCredentials t={t} />
      ) : (
        <CredentialList
          slots={slots}
          views={all}
          query={readQuery(parameters)}
          pageParameter={parameters.page}
          thresholdsDays={thresholdsDays}
          dependents={dependentsOn}
          {...context}
        />
      )}
      {all.length > 0 && mayWrite && <RotateAhead t={t} />}
      {all.length > 0 && <TenantPart {...context} />}
      {all.length > 0 && <CalendarFeeds feeds={feeds} mayWrite={mayWrite} {...context} />}
    </Page>
  )
}
