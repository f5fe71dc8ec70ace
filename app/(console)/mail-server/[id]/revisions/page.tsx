import { PersonForm } from '@/app/_form/person-form'
import { Sides } from '@/app/_form/sides'
import { page, type View } from '@/app/_server/page'
import { fieldLabel, fieldText, type PageLabels, pageLabels } from '@/app/(console)/_connection-test/labels'
import { pageIn, readPage } from '@/app/paging'
import { serverRevisionsPath, withQuery } from '@/app/paths'
import { Answer, EmptyState } from '@/components/answer'
import { Pagination } from '@/components/list-controls'
import { ResultCount } from '@/components/result-count'
import { StatusBadge } from '@/components/state-badge'
import { type Columns, Table } from '@/components/table'
import { Foreign, Timestamp } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { fieldsOf, type MailServerFields } from '@/lib/mail-server/form-fields'
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

function columnsFor(view: View<'mail-server'>, current: number): Columns<RevisionSummary> {
  const { may, now, t, id } = view
  const w = pageLabels(t)
  return (column) => [
    column(t('revisions.number'), ({ number, restored }) => (
      <>
        <span className="sm:hidden">{t('revisions.number')}</span> {number}
        {restored !== null && <span className="block text-soft">{t('revisions.copyOf', { number: restored })}</span>}
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
    column(t('revisions.changes'), (row) => <ChangesOf {...{ row, t, w }} />),
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

/** What this revision changed in the one before it. */
function ChangesOf({ row, t, w }: { row: RevisionSummary; t: Translator<'mail-server'>; w: PageLabels }) {
  const { settings, credentialId, before } = row
  if (!settings || !before?.settings) return null
  const { clouds } = services()
  const [then, now] = [fieldsOf(before.settings, null, clouds), fieldsOf(settings, null, clouds)]
  const names = (Object.keys(now) as (keyof MailServerFields)[]).filter((name) => then[name] !== now[name])
  const textOf = (name: keyof MailServerFields, fields: MailServerFields) =>
    fieldText(name, fields, clouds, w) || w.conflict.empty
  const isOtherCredential = credentialId !== before.credentialId
  return (
    <details>
      <summary className="w-fit py-0.5 xl:whitespace-nowrap">
        {t('revisions.changed', { count: names.length + Number(isOtherCredential) })}
      </summary>
      <div className="grid gap-2">
        {names.map((name) => (
          <Sides
            key={name}
            title={fieldLabel(name, w) ?? name}
            labels={[t('revisions.before'), t('revisions.after')]}
            values={[
              <Foreign key="then">{textOf(name, then)}</Foreign>,
              <Foreign key="now">{textOf(name, now)}</Foreign>,
            ]}
          />
        ))}
        {isOtherCredential && <p className="font-[550] text-ink">{t('revisions.otherCredential')}</p>}
      </div>
    </details>
  )
}
