import { page } from '@/app/_server/page'
import { translators } from '@/app/_server/translations'
import { codeTitle } from '@/app/(console)/_connection-test/code-title'
import { TestTable } from '@/app/(console)/_connection-test/history'
import { pageIn, readPage } from '@/app/paging'
import { serverTestsPath, testReportPath, withQuery } from '@/app/paths'
import { Answer, EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Panel } from '@/components/page'
import type { TestSummary } from '@/lib/mail-server'
import { services } from '@/lib/services'
import { serverInPath } from '../../_server/requested-server'
import { ServerFrame, settingsPath } from '../../_server/server-frame'

/** The tests of one mail server, newest first. */
export default page('mail-server:read', 'mail-server', async (view) => {
  const { now, t, id, query } = view
  const { server, servers } = await serverInPath(id)
  const { mailServers } = services()
  const tests = await readPage(pageIn(query), mailServers.of(id).history, (page) =>
    withQuery(serverTestsPath(id), { page: String(page) }),
  )
  const [latest] = tests.page === 1 ? tests.rows : []
  return (
    <ServerFrame {...view} {...{ server, servers }} tab="tests" hasTabs>
      {latest && <LatestAnswer test={latest} total={tests.total} />}
      {tests.rows.length === 0 ? (
        <EmptyState
          title={t('history.empty')}
          action={<ButtonLink href={settingsPath(id, servers)} text={t('history.toSettings')} />}
        >
          {t('history.emptyText')}
        </EmptyState>
      ) : (
        <Panel flush>
          <TestTable {...tests} t={t} now={now} />
        </Panel>
      )}
    </ServerFrame>
  )
})

const LOOK = {
  accepted: { tone: 'good', title: 'history.lastAccepted' },
  ready: { tone: 'good', title: 'history.lastReady' },
  failed: { tone: 'bad', title: 'history.lastFailed' },
} as const

/** The result of the last test. A failure is named. */
async function LatestAnswer({ test, total }: { test: TestSummary; total: number }) {
  const [t, diagnosis] = await translators('mail-server', 'diagnosis')
  const { tone, title } = LOOK[test.outcome]
  return (
    <Answer
      tone={tone}
      title={codeTitle(test.diagnosisCode, diagnosis) ?? t(title)}
      detail={`${test.diagnosisCode === null ? '' : `${t(title)} `}${t('history.count', { count: total })}`}
      action={<ButtonLink href={testReportPath(test.id)} text={t('history.openReport')} />}
    />
  )
}
