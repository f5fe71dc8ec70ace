import { RefusalMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { getTranslations, pageTitle } from '@/app/_server/translations'
import { SessionTable } from '@/app/(console)/account/session-table'
import { Answer } from '@/components/answer'
import { Page } from '@/components/page'
import { services } from '@/lib/services'
import { endSessionAction } from '../actions'
import { systemBar } from '../parts'

export const generateMetadata = pageTitle('people', 'sessions.title')

export default page('people:read', async ({ caller: { actor, locale, sessionId }, query: { refused } }) => {
  const t = await getTranslations('people')
  const { signIn, clock } = services()
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
