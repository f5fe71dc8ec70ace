import { PersonForm } from '@/app/_form/person-form'
import { page, type View } from '@/app/_server/page'
import { pageIn, readPage } from '@/app/paging'
import { serverRevisionsPath, withQuery } from '@/app/paths'
import { Pagination } from '@/components/list-controls'
import { Answer, EmptyState } from '@/components/page'
import { ResultCount } from '@/components/result-count'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Foreign, Timestamp } from '@/components/text'
import type { RevisionSummary } from '@/lib/mail-server/store/revisions'
import { services } from '@/lib/services'
import { restoreAction } from '../../_view/manage-actions'
import { ServerFrame, serverInPath, settingsPath } from '../../_view/server-frame'

/** The saved revisions of one mail server, newest first, and the way back to each. */
export default page('mail-server:read', 'mail-server', async (view) => {
  const { t, id, query } = view
  const { server, servers } = await serverInPath(id)
  const { rows, total, page, before, after } = await readPage(
    pageIn(query),
    services().mailServers.of(id).revisions,
    (to) => withQuery(serverRevisionsPath(id), { page: String(to) }),
  )
  const [newest] = page === 1 ? rows : []
  return (
    <ServerFrame {...view} {...{ server, servers }} tab="revisions" hasTabs>
      {newest && (
        <Answer
          tone={newest.verified ? 'good' : 'info'}
          title={t('revisions.inUse', { number: newest.number })}
          detail={`${t('revisions.inUseDetail', {
            at: t.time(newest.savedAt),
            by: t.actor(newest.savedBy),
          })} ${t(newest.verified ? 'revisions.verified' : 'revisions.unverified')}.`}
        />
      )}
      {rows.length === 0 ? (
        <EmptyState title={t('revisions.empty')} link={[settingsPath(id, servers), t('history.toSettings')]}>
          {t('revisions.emptyText')}
        </EmptyState>
      ) : (
        <>
          <ResultCount count={t.number(total)} />
          <Table caption={t('revisions.caption')} rows={rows} rowKey={({ number }) => String(number)}>
            {columnsFor(view, server?.version ?? 0)}
          </Table>
        </>
      )}
      <Pagination t={(key) => t(`revisions.${key}`)} newer={before} older={after} />
    </ServerFrame>
  )
})

function columnsFor({ may, now, t, id }: View<'mail-server'>, current: number): Columns<RevisionSummary> {
  return (column) => [
    column(t('revisions.number'), ({ number }) => (
      <>
        <span className="sm:hidden">{t('revisions.number')}</span> {number}
      </>
    )),
    column(t('revisions.when'), ({ savedAt }) => <Timestamp at={savedAt} now={now} t={t} />),
    column(t('revisions.who'), { brief: 'named' }, ({ savedBy }) => <Foreign>{t.actor(savedBy)}</Foreign>),
    column(t('revisions.sender'), { brief: 'named' }, ({ settings }) =>
      settings ? <Foreign>{settings.senderAddress}</Foreign> : null,
    ),
    column(t('revisions.verifiedColumn'), ({ number, verified }) => (
      <span className="flex flex-wrap gap-1.5">
        {verified ? (
          <StatusBadge tone="good">{t('revisions.verified')}</StatusBadge>
        ) : (
          <span className="text-faint">{t('revisions.unverified')}</span>
        )}
        {number === current && <StatusBadge tone="info">{t('revisions.current')}</StatusBadge>}
      </span>
    )),
    may('mail-server:write') &&
      column(
        t('revisions.restore'),
        { hideLabel: true, align: 'end' },
        ({ number }) =>
          number !== current && (
            <PersonForm
              action={restoreAction}
              hidden={{ server: id, number, version: current }}
              submit={{ label: t('revisions.restore'), name: t('answer.restore', { number }), kind: 'quiet' }}
            />
          ),
      ),
  ]
}
