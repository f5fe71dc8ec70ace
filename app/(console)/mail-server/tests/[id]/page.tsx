import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { mailServers as listServers } from '@/app/_server/status'
import { pageLabels } from '@/app/(console)/_connection-test/labels'
import { FailedReport, isFailed, MessageFacts, TranscriptView } from '@/app/(console)/_connection-test/report-view'
import { StageList } from '@/app/(console)/_connection-test/stage-list'
import { Values } from '@/app/(console)/mail-server/_form/values'
import { MAIL_SERVERS_PATH, serverTestsPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { isUuid } from '@/lib/kernel'
import { fieldsOf } from '@/lib/mail-server/form-fields'
import { services } from '@/lib/services'

export default page('mail-server:read', 'mail-server', async ({ t, id }) => {
  const { mailServers, clouds } = services()
  const test = isUuid(id) ? await (await mailServers.default()).report(id, t.locale) : null
  if (!test) notFound()

  const { summary, ended } = test
  const serverId = test.mailServerId ?? (await mailServers.defaultId())
  const server = (await listServers()).find((each) => each.id === serverId)
  const { settings, recipient, startedAt, startedBy } = summary
  const w = pageLabels(t)
  const fields = settings && fieldsOf(settings, null, clouds)
  const detail = t('history.reportOf', { to: recipient, by: t.actor(startedBy) })
  const finished = ended && { ...ended, to: recipient }
  return (
    <Page
      title={t('history.report', { at: t.time(startedAt) })}
      crumbs={[
        { label: t('servers.title'), href: MAIL_SERVERS_PATH },
        { label: server?.name ?? t('tabs.tests'), href: serverTestsPath(serverId) },
      ]}
    >
      {finished === null && <Answer tone="bad" title={t('unreadable.report')} detail={t('unreadable.reportText')} />}
      {finished && isFailed(finished) && <FailedReport failed={finished} isAnswer w={w.test} />}
      {finished && !isFailed(finished) && (
        <>
          <Answer tone="good" title={finished.report.accepted ? w.test.accepted : w.test.ready} detail={detail} />
          <Panel>
            <div className="grid gap-5">
              <StageList wide stages={finished.report.stages} w={w.test} />
              <MessageFacts finished={{ ...finished, to: '' }} w={w.test} />
              {finished.transcript.length > 0 && <TranscriptView transcript={finished.transcript} w={w.test} />}
            </div>
          </Panel>
        </>
      )}
      {fields && (
        <Panel title={t('history.settings')} description={t('history.settingsWhy')}>
          {(finished === null || isFailed(finished)) && <p className="mb-2 text-sm text-soft">{detail}</p>}
          <Values fields={fields} clouds={clouds} secret={null} w={w} />
        </Panel>
      )}
    </Page>
  )
})
