import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { pageIn } from '@/app/paging'
import { APPLICATIONS_PATH, MAIL_SERVERS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { CodeBlock } from '@/components/code-block'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Fold, Panel } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { Timestamp } from '@/components/text'
import type { InventoryView } from '@/lib/credentials/inventory/list'
import { dueWithinDays, type InventoryFaultNote } from '@/lib/credentials/inventory/types'
import type { ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CredentialForm } from '../_view/credential-form'
import { credentialTabs, FileButton } from '../parts'
import { checkAction, readAction, switchAction } from './actions'
import { ApplicationList } from './application-list'
import { readFilter, searchOf } from './query'

/** What expires soon in the tenant, and whether it is watched. */
export default page('credentials:read', 'inventory', async ({ may, now, t, texts, query: parameters }) => {
  const [credentialLabels] = texts('credentials')
  const filter = readFilter(parameters)
  const view = await services().inventory.view(filter, pageIn(parameters))
  const { counts, reader } = view
  const shared = { view, mayWrite: may('credentials:write'), mayTest: may('credentials:test'), now, t }
  const isKnown = counts !== null && Object.values(counts).some((count) => count > 0)
  const reading = <ReadingPart {...shared} />
  return (
    <Page
      title={t('title')}
      {...credentialTabs(credentialLabels, 'applications')}
      actions={
        isKnown && (
          <FileButton href={`${APPLICATIONS_PATH}/export${searchOf(filter)}`} icon="download" text={t('export')} />
        )
      }
    >
      <FlashMessage query={parameters} t={t} warns={(key) => !key.includes('muted')} />
      <TenantAnswer isKnown={isKnown} {...shared} />
      {/* While there is nothing to list, or it is being read, this is what matters; otherwise the list is. */}
      {(!isKnown || view.run?.state === 'running') && reading}
      {isKnown && reader && (
        <ApplicationList
          counts={counts}
          cloud={reader.cloud}
          filter={filter}
          isBulkRequested={parameters.bulk === 'ask'}
          {...shared}
        />
      )}
      {isKnown && view.run?.state !== 'running' && reading}
    </Page>
  )
})

function TenantAnswer({ view: { counts, watch, done }, isKnown, t }: ReadingProps & { isKnown: boolean }) {
  if (isKnown && counts) {
    const count = counts.critical + counts.soon
    const toneOfDue = counts.critical > 0 ? 'bad' : 'warn'
    return (
      <Answer
        tone={count > 0 ? toneOfDue : 'good'}
        {...(count > 0 && { mark: count })}
        title={t('answer.due', { count, days: dueWithinDays(watch.thresholdsDays) })}
        detail={t('answer.dueDetail', { expired: counts.expired })}
      />
    )
  }
  if (done) return <Answer tone="good" title={t('answer.none')} />
  const state = watch.inventory ? 'nothing' : 'off'
  return <Answer tone="neutral" mark={0} title={t(`answer.${state}`)} detail={t(`answer.${state}Detail`)} />
}

interface ReadingProps extends ViewContext<'inventory'> {
  view: InventoryView
  mayWrite: boolean
  mayTest: boolean
}

const REFRESH_SECONDS = 4

/** Whether all app registrations are read, with which permission, and the progress of reading. */
function ReadingPart(props: ReadingProps) {
  const { view, mayWrite, t } = props
  const { watch, reader, run, done } = view
  return (
    <Panel
      id="reading"
      title={t('reading.title')}
      description={watch.inventory && t('reading.isOn')}
      className="no-print"
    >
      <div className="grid gap-4">
        {!reader && (
          <Note kind="info" action={<ButtonLink href={MAIL_SERVERS_PATH} text={t('reading.toMailServer')} />}>
            {t('reading.noServer')}
          </Note>
        )}
        {!watch.inventory && (
          <ul className="grid max-w-[68ch] list-disc gap-1 pl-5 text-sm text-soft">
            {(['reads', 'never', 'notifies', 'load', 'keeps'] as const).map((point) => (
              <li key={point}>{t(`does.${point}`)}</li>
            ))}
          </ul>
        )}
        <Progress {...props} />
        <Buttons {...props} />
        {!mayWrite && !watch.inventory && <p className="text-sm text-soft">{t('reading.whoSwitches')}</p>}
        {reader && (
          <Fold summary={t('permission.howTo')} open={run?.fault?.code === 'not-permitted' || !done}>
            <p className="mb-3 max-w-[68ch] text-sm text-soft">{t('permission.why')}</p>
            <CodeBlock text={reader.commands.join('\n')} />
          </Fold>
        )}
      </div>
    </Panel>
  )
}

function Buttons({ view: { watch, reader, run }, mayWrite, mayTest, t }: ReadingProps) {
  const mayRead = watch.inventory && reader && mayTest && run?.state !== 'running'
  return (
    <div className="flex flex-wrap gap-2 empty:hidden">
      {mayRead && (
        <ButtonForm action={readAction} kind={run === null ? 'primary' : 'secondary'} text={t('reading.readNow')} />
      )}
      {mayWrite && (reader || watch.inventory) && (
        <ButtonForm
          action={switchAction}
          hidden={{ version: watch.inventoryVersion, wanted: watch.inventory ? 'off' : 'on' }}
          kind={watch.inventory ? 'secondary' : 'primary'}
          text={t(watch.inventory ? 'reading.switchOff' : 'reading.switchOn')}
        />
      )}
      {reader && mayTest && <CredentialForm action={checkAction} submit={t('permission.check')} />}
    </div>
  )
}

function Progress(props: ReadingProps) {
  const { now, t } = props
  const { run, done, watch } = props.view
  if (!run) return watch.inventory ? <p className="text-sm text-soft">{t('answer.nothing')}</p> : null
  if (run.state === 'running') return <Running {...props} run={run} />
  if (run.state === 'failed')
    return (
      <Note kind="warning" title={t('progress.failed')}>
        {run.fault && <p>{t(`fault.${run.fault.code}`)}</p>}
        <Evidence fault={run.fault} />
        <p>{done ? t('progress.former', { time: t.time(done.startedAt) }) : t('answer.nothing')}</p>
      </Note>
    )
  return (
    <p className="text-sm text-soft">
      {t('progress.done', { applications: run.applications, credentials: run.credentials })}{' '}
      <Timestamp at={run.endedAt ?? run.startedAt} now={now} t={t} />
    </p>
  )
}

function Running({ view: { done }, run, t }: ReadingProps & { run: NonNullable<InventoryView['run']> }) {
  const { applications, credentials, pages, waitsUntil, fault } = run
  return (
    <Note
      kind={fault ? 'warning' : 'info'}
      title={t(waitsUntil ? 'progress.waiting' : 'progress.running')}
      action={<ButtonLink kind="secondary" href={APPLICATIONS_PATH} text={t('progress.again')} />}
    >
      <Refresh everySeconds={REFRESH_SECONDS} />
      <p>
        {t('progress.soFar', { applications, credentials, pages })}{' '}
        {done && t('progress.lastTime', { applications: done.applications })}
      </p>
      {waitsUntil && <p>{t('progress.waits', { time: t.time(waitsUntil) })}</p>}
      <Evidence fault={fault} />
      <p>{t('progress.leave')}</p>
    </Note>
  )
}

const Evidence = ({ fault }: { fault: InventoryFaultNote | null }) =>
  fault?.evidence ? (
    <p lang="en" className="font-mono text-xs wrap-anywhere">
      <bdi>{fault.evidence}</bdi>
    </p>
  ) : null
