import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { PrintButton } from '@/components/print-button'
import { Section } from '@/components/section'
import { absoluteTime } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import { wiring } from '@/lib/wiring'
import { GraphRotation } from './_graph/graph-rotation'
import { CalendarFeeds } from './calendar-feeds'
import { CredentialFilter } from './credential-filter'
import { CredentialTable } from './credential-table'
import { dependents } from './dependents'
import { DoneNote } from './done-note'
import { LifePicture } from './life-picture'
import { CredentialParts } from './parts'
import { chosen, queryText, readQuery } from './query'
import { RotationPanel } from './rotation-panel'
import { TenantPart } from './tenant-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('credentials'))('title') }
}

export default async function CredentialsPage({ searchParams }: PageProps<'/credentials'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { credentials, calendar, clock } = wiring()
  const asked = await searchParams
  const [t, shell, all, slots, { thresholdsDays }, feeds, dependentsOn] = await Promise.all([
    words('credentials'),
    words('shell'),
    credentials.list(),
    credentials.slots(),
    credentials.watch(),
    calendar.feeds(),
    dependents(),
  ])
  const query = readQuery(asked)
  const views = chosen(all, query)
  const [mayWrite, mayTest] = [may(actor.role, 'credentials:write'), may(actor.role, 'credentials:test')]
  const copy = { copy: shell('copy'), copied: shell('copied') }
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
              <ButtonLink kind="primary" href="/mail-server">
                {t('empty.toMailServer')}
              </ButtonLink>
              <ButtonLink href="/set-up">{t('empty.toSetUp')}</ButtonLink>
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
              <a href={`/credentials/export${queryText(query)}`} className="button button-secondary">
                {t('export')}
              </a>
              <PrintButton label={t('print')} />
            </div>
          }
        >
          {views.length > 0 && (
            <div className="mb-6">
              <LifePicture views={views} thresholdsDays={thresholdsDays} {...told} />
            </div>
          )}
          <CredentialFilter query={query} t={t} />
          {views.length === 0 ? (
            <EmptyState title={t('filter.nothing')} />
          ) : (
            <CredentialTable views={views} dependents={dependentsOn} {...told} />
          )}
        </Section>
      )}
      {all.length > 0 &&
        slots.map((each) => (
          <RotationPanel key={each.mailServer.id} slots={each} {...{ mayWrite, mayTest, copy }} {...told} />
        ))}
      {all.length > 0 && <GraphRotation slots={slots} mayWrite={mayWrite} copy={copy} {...told} />}
      {all.length > 0 && <TenantPart {...told} />}
      {all.length > 0 && <CalendarFeeds feeds={feeds} mayWrite={mayWrite} {...told} />}
    </Page>
  )
}
