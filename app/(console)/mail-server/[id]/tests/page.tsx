import { page } from '@/app/_server/page'
import { TestTable } from '@/app/(console)/_connection-test/history'
import { pageIn, readPage } from '@/app/paging'
import { serverTestsPath, testReportPath, withQuery } from '@/app/paths'
import { Answer, EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Panel } from '@/components/panel'
import { ResultCount } from '@/components/result-count'
import { faultTitle } from '@/lib/diagnosis'
import { services } from '@/lib/services'
import { ServerFrame, serverInPath, settingsPath } from '../../_view/server-frame'

const LOOK = {
  accepted: { tone: 'good', title: 'history.lastAccepted' },
  ready: { tone: 'good', title: 'history.lastReady' },
  failed: { tone: 'bad', title: 'history.lastFailed' },
} as const

export default page('mail-server:read', 'mail-server', async (view) => {
  const { now, t, id, query } = view
  const { server, servers } = await serverInPath(id)
  const tests = await readPage(pageIn(query), services().mailServers.of(id).history, (page) =>
    withQuery(serverTestsPath(id), { page: String(page) }),
  )
  const [latest] = tests.page === 1 ? tests.rows : []
  return (
    <ServerFrame {...view} {...{ server, servers }} tab="tests" hasTabs>
      {latest && (
        <Answer
          tone={LOOK[latest.outcome].tone}
          title={latest.diagnosisCode ? faultTitle(latest.diagnosisCode, t.locale) : t(LOOK[latest.outcome].title)}
          detail={`${latest.diagnosisCode === null ? '' : `${t(LOOK[latest.outcome].title)} `}${t('history.count', { count: tests.total })}`}
          action={<ButtonLink href={testReportPath(latest.id)} text={t('history.openReport')} />}
        />
      )}
      {tests.rows.length === 0 ? (
        <EmptyState title={t('history.empty')} link={[settingsPath(id, servers), t('history.toSettings')]}>
          {t('history.emptyText')}
        </EmptyState>
      ) : (
        <>
          <ResultCount count={t.number(tests.total)} />
          <Panel flush>
            <TestTable {...tests} t={t} now={now} />
          </Panel>
        </>
      )}
    </ServerFrame>
  )
})
