import { FlashMessage } from '@/app/_form/flash-message'
import { FormInput } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { CREDENTIALS_PATH, SYSTEM_PATH, withQuery } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { DataList, pair } from '@/components/data-list'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Fold, Panel, WithSide } from '@/components/panel'
import type { Watch } from '@/lib/credentials/store/watch-settings'
import type { ExpiringView } from '@/lib/credentials/views'
import { getsReminders } from '@/lib/notifications/store/channel-rows'
import { pulsesOf } from '@/lib/operations/status'
import { readHeartbeats } from '@/lib/operations/store/status'
import { services } from '@/lib/services'
import { undatedOf } from '../_list/rows'
import { CredentialForm } from '../_view/credential-form'
import { expiringName, expiringPath } from '../_view/labels'
import { credentialTabs } from '../parts'
import { saveThresholdsAction } from './actions'
import { AddChannel, Channels, type RemindersContext } from './channels'
import { failingText } from './fault-text'
import { History } from './history'
import { daysAhead, daysText } from './thresholds'
import { WeeklyReport } from './weekly-part'

/** The newest reminders of all credentials; the Activity page has the rest. */
const ROWS_MAX = 300

/** Who is reminded, and whether in time. */
export default page('credentials:read', 'reminders', async ({ may, now, t, texts, query: parameters }) => {
  const { credentials, notifications, messageEvents, db } = services()
  const [credentialLabels] = texts('credentials')
  const [channels, watch, views, history, heartbeats] = await Promise.all([
    notifications.channels.list(),
    credentials.watch(),
    credentials.expiring(),
    credentials.reminders(ROWS_MAX),
    readHeartbeats(db, now),
  ])
  const { thresholdsDays } = watch
  const [mayWrite, mayTest] = [may('credentials:write'), may('credentials:test')]
  const shared = { channels, thresholdsDays, mayWrite, mayTest, credentialLabels, now, t }
  const isStopped = pulsesOf(heartbeats, now).some(({ name, isSilent }) => name === 'reminders' && isSilent)
  const { clients } = services().submission
  const failing = channels.filter(({ lastFault }) => lastFault !== null).map(({ id }) => id)
  const [choices, named, waiting, nextAttempts] = await Promise.all([
    parameters.change === undefined ? new Map<string, string>() : clients.namesToChoose(''),
    clients.list(channels.flatMap(({ messageClientId }) => messageClientId ?? [])),
    messageEvents.waiting(failing),
    notifications.nextAttempts(failing),
  ])
  const side = (
    <>
      <Days watch={watch} {...shared} />
      <WeeklyReport isPreview={parameters.preview === 'weekly'} {...shared} />
      <Fold summary={t('always.title')}>
        <DataList
          narrow
          className="text-sm"
          items={(['log', 'metric'] as const).map((each) =>
            pair(t(`always.${each}`), <span className="text-soft">{t(`always.${each}Is`)}</span>),
          )}
        />
      </Fold>
    </>
  )
  const list = <History views={views} reminders={history} {...shared} />
  return (
    <Page title={t('title')} {...credentialTabs(credentialLabels, 'reminders')}>
      <FlashMessage query={{ done: parameters.done }} t={t} />
      <RemindersAnswer isStopped={isStopped} {...shared} />
      <Undated undated={undatedOf(views)} {...shared} />
      {channels.length === 0 && !mayWrite ? (
        <>
          {list}
          <div className="grid items-start gap-4 lg:grid-cols-2">{side}</div>
        </>
      ) : (
        <WithSide side={side}>
          <Channels
            clients={[...Array.from(choices, ([id, name]) => ({ id, name })), ...named]}
            waiting={waiting}
            nextAttempts={nextAttempts}
            changedId={typeof parameters.change === 'string' ? parameters.change : null}
            addedId={parameters.done === 'added' && typeof parameters.channel === 'string' ? parameters.channel : null}
            {...shared}
          />
          {list}
          {mayWrite ? <AddChannel t={t} /> : <p className="text-sm text-faint">{t('readerNote')}</p>}
        </WithSide>
      )}
    </Page>
  )
})

function RemindersAnswer(props: RemindersContext & { isStopped: boolean }) {
  const { isStopped, channels, thresholdsDays, mayWrite, t } = props
  const reminded = channels.filter(getsReminders)
  // Owners get the reminders of their credentials only.
  const open = reminded.filter(({ ownerOnly }) => !ownerOnly)
  const failing = failingText(reminded, t)
  if (isStopped)
    return (
      <Answer
        tone="bad"
        title={t('answer.stopped')}
        detail={t('answer.stoppedDetail')}
        action={<ButtonLink href={`${SYSTEM_PATH}#processes`} text={t('answer.toSystem')} />}
      />
    )
  if (open.length === 0)
    return (
      <Answer
        tone="warn"
        mark={0}
        title={t(reminded.length > 0 ? 'answer.owners' : 'answer.nobody')}
        detail={t(mayWrite ? 'answer.nobodyDetail' : 'answer.nobodyForReaders')}
        action={mayWrite && <ButtonLink href="#add" text={t('answer.add')} />}
      />
    )
  return (
    <>
      <Answer
        tone={failing ? 'warn' : 'good'}
        title={t('answer.title', { count: open.length, days: Math.max(0, ...thresholdsDays) })}
        detail={failing || t('answer.detail')}
      />
      {open.every(({ kind }) => kind === 'mail') && (
        <Note kind="warning" title={t('onlyMail.title')}>
          <p>{t('onlyMail.text')}</p>
        </Note>
      )}
    </>
  )
}

/** Credentials that send no reminder, because their expiry date is not entered. */
function Undated({ undated, mayWrite, t, credentialLabels }: RemindersContext & { undated: readonly ExpiringView[] }) {
  const [first] = undated
  if (!first) return null
  const count = undated.length
  return (
    <Note
      kind="warning"
      action={
        mayWrite && (
          <ButtonLink
            href={count === 1 ? expiringPath(first) : withQuery(CREDENTIALS_PATH, { state: 'date-unknown' })}
            text={credentialLabels(count === 1 ? 'step.date' : 'step.dates')}
          />
        )
      }
    >
      {t('undated', { count, credential: expiringName(first, credentialLabels) })}
    </Note>
  )
}

/** The initial values of the database. */
const USUAL_DAYS = [60, 30, 14, 7, 1]

/** How many days before the expiry date reminders are sent, in a field for who may change them. */
function Days({ watch, mayWrite, t }: RemindersContext & { watch: Watch }) {
  const days = daysText(watch.thresholdsDays)
  const usual = daysText(USUAL_DAYS)
  return (
    <Panel id="thresholds" title={t('thresholds.title')}>
      <p className="mb-3 text-sm text-soft">{t('thresholds.text')}</p>
      {mayWrite ? (
        <CredentialForm
          action={saveThresholdsAction}
          hidden={{ version: watch.thresholdsVersion }}
          submit={t('thresholds.save')}
        >
          <FormInput
            key={days}
            name="days"
            label={t('thresholds.label')}
            hint={`${t('thresholds.hint')} ${days === usual ? '' : t('thresholds.usual', { usual })}`}
            defaultValue={days}
            maxLength={100}
          />
        </CredentialForm>
      ) : (
        <p className="font-[600] tabular-nums">{t('thresholds.days', daysAhead(watch.thresholdsDays, t))}</p>
      )}
    </Panel>
  )
}
