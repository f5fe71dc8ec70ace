import type { Metadata } from 'next'
import { RefusalMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { SessionTable } from '@/app/(console)/account/session-table'
import { Page } from '@/components/page'
import { services } from '@/lib/services'
import { endSessionAction } from '../actions'
import { SystemParts } from '../parts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('people'))('sessions.title') }
}

export default async function SessionsPage({ searchParams }: PageProps<'/system/sessions'>) {
  const { actor, locale, sessionId } = await requireCaller('people:read')
  const t = await getTranslations('people')
  const { signIn, clock } = services()
  const { refused } = await searchParams
  return (
    <Page
      title={t('sessions.title')}
      breadcrumb={[{ label: t('system.crumb') }]}
      description={t('sessions.description')}
    >
      <SystemParts current="sessions" role={actor.role} t={t} />
      <RefusalMessage refused={refused} />
      <SessionTable
        sessions={await signIn.sessions(null)}
        currentId={sessionId}
        end={endSessionAction}
        showEmail
        {...{ t, locale, now: clock.now() }}
      />
    </Page>
  )
}
