import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { wiring } from '@/lib/wiring'
import { CredentialFilter } from './credential-filter'
import { CredentialTable } from './credential-table'
import { chosen, readQuery } from './query'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('credentials'))('title') }
}

export default async function CredentialsPage({ searchParams }: PageProps<'/credentials'>) {
  const { locale } = await requireCaller('credentials:read')
  const { credentials, clock } = wiring()
  const asked = await searchParams
  const [t, shell, all] = await Promise.all([words('credentials'), words('shell'), credentials.list()])
  const query = readQuery(asked)
  const views = chosen(all, query)
  const told = { now: clock.now(), locale, t }
  return (
    <Page
      title={t('title')}
      breadcrumb={[{ label: shell('systemSettings') }, { label: t('title') }]}
      description={t('description')}
    >
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
        <Section id="list" title={t('list')}>
          <CredentialFilter query={query} t={t} />
          {views.length === 0 ? (
            <EmptyState title={t('filter.nothing')} />
          ) : (
            <CredentialTable views={views} {...told} />
          )}
        </Section>
      )}
    </Page>
  )
}
