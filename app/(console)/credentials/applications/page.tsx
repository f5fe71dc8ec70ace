import type { Metadata } from 'next'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH } from '@/app/paths'
import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { may } from '@/lib/access/permissions'
import { services } from '@/lib/services'
import { CredentialParts } from '../parts'
import { ApplicationList } from './application-list'
import { readCursor, readFilter } from './query'
import { ReadingPart } from './reading-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('inventory'))('title') }
}

export default async function ApplicationsPage({ searchParams }: PageProps<'/credentials/applications'>) {
  const { locale, actor } = await requireCaller('credentials:read')
  const parameters = await searchParams
  const [t, shell, credentials] = await Promise.all([
    getTranslations('inventory'),
    getTranslations('shell'),
    getTranslations('credentials'),
  ])
  const { inventory, clock } = services()
  const [filter, cursor] = [readFilter(parameters), readCursor(parameters)]
  const view = await inventory.view(filter, cursor)
  const { counts, reader } = view
  const mayWrite = may(actor.role, 'credentials:write')
  const known = counts !== null && Object.values(counts).some((count) => count > 0)
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
      <FlashMessage query={parameters} t={t} />
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
        <ApplicationList
          view={view}
          counts={counts}
          cloud={reader.cloud}
          filter={filter}
          cursor={cursor}
          mayWrite={mayWrite}
          isBulkRequested={parameters.bulk === 'ask'}
          locale={locale}
          t={t}
        />
      )}
    </Page>
  )
}
