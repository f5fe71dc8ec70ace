import { RefusalMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { refusable } from '@/app/_server/refusal'
import { getTranslations, pageTitle } from '@/app/_server/translations'
import { SessionTable } from '@/app/(console)/account/session-table'
import { Answer } from '@/components/answer'
import { Page } from '@/components/page'
import { services } from '@/lib/services'
import { endSessionAction } from '../actions'
import { systemBar } from '../parts'

export const generateMetadata = pageTitle('people', 'sessions.title')

export default refusable(async function SessionsPage({ searchParams }: PageProps<'/system/sessions'>) {
  const { actor, locale, sessionId } = await requireCaller('people:read')
  const t = await getTranslations('people')
  const { signIn, clock } = services()
  const { refused } = await searchParams
  const sessions = await signIn.sessions(null)
  return (
    <Page {...systemBar('sessions', actor.role, t)}>
      <Answer
        tone="info"
        mark={sessions.length}
        title={t('sessions.answer', { count: sessions.length })}
        detail={t('sessions.answerDetail')}
      />
      <RefusalMessage refused={refused} />
      <SessionTable
        sessions={sessions}
        currentId={sessionId}
        end={endSessionAction}
        showEmail
        {...{ t, locale, now: clock.now() }}
      />
    </Page>
  )
})
