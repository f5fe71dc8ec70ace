import { RefusalMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { SessionTable } from '@/app/(console)/account/session-table'
import { Answer } from '@/components/answer'
import { Page } from '@/components/page'
import { services } from '@/lib/services'
import { endSessionAction } from '../actions'
import { systemBar } from '../parts'

export default page('people:read', 'people', async ({ caller, may, now, locale, t, query: { refused } }) => {
  const { signIn } = services()
  const sessions = await signIn.sessions(null)
  return (
    <Page {...systemBar('sessions', may, t)}>
      <Answer
        tone="info"
        mark={sessions.length}
        title={t('sessions.answer', { count: sessions.length })}
        detail={t('sessions.answerDetail')}
      />
      <RefusalMessage refused={refused} />
      <SessionTable
        sessions={sessions}
        currentId={caller.sessionId}
        end={endSessionAction}
        showEmail
        {...{ t, locale, now }}
      />
    </Page>
  )
})
