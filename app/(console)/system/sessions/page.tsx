import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { isActionRefusal, refusalMessage } from '@/app/_server/form-action'
import { getTranslations } from '@/app/_server/translations'
import { SessionTable } from '@/app/(console)/account/session-table'
import { Note } from '@/components/note'
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
      {isActionRefusal(refused) && (
        <Note kind="danger" live="alert" className="mb-6">
          <p>{await refusalMessage(refused)}</p>
        </Note>
      )}
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
