import { ACTIVITY_PATH, CREDENTIALS_PATH, withQuery } from '@/app/paths'
import { Note } from '@/components/note'
import { Fold, Part } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, TextLink } from '@/components/text'
import { idOf, nextThreshold, reachOf } from '@/lib/credentials/reminders/plan'
import type { Reminder } from '@/lib/credentials/store/reminders'
import type { ExpiringView } from '@/lib/credentials/views'
import type { NotificationState } from '@/lib/notifications/kinds'
import { CredentialForm } from '../_view/credential-form'
import { expiringName, expiringPath } from '../_view/labels'
import { sendAgainAction } from './actions'
import type { RemindersContext } from './channels'
import { faultAdvice } from './fault-text'

/** Rows of the table. Below it a link leads to the credentials that expire later, and one to the Activity page with every reminder. */
const COMING_MAX = 10
const PAST_MAX = 15
/** Of those that were not delivered, which one silent channel makes hundreds of. All of them are counted. */
const UNDELIVERED_MAX = 25

/** Reminders in these states wait for another attempt if they have a fault. */
const WAITING: readonly NotificationState[] = ['due', 'queued']

const TONE_OF = {
  upcoming: 'neutral',
  due: 'warn',
  queued: 'warn',
  sent: 'good',
  covered: 'neutral',
  cancelled: 'neutral',
  failed: 'bad',
} as const satisfies Record<NotificationState | 'upcoming', string>

interface HistoryProps extends RemindersContext {
  views: readonly ExpiringView[]
  reminders: readonly Reminder[]
}

interface Line {
  key: string
  view: ExpiringView
  thresholdDays: number
  at: Date
  reminder: Reminder | null
}

export function History(props: HistoryProps) {
  const { reminders, channels, mayTest, t } = props
  const { lines, undelivered, moreComing, hasEarlier } = linesOf(props)
  const failing = new Set(reminders.filter(isUndelivered).map(({ channelId }) => channelId))
  const names = channels.filter(({ id }) => failing.has(id)).map(({ name }) => name)
  return (
    <Part id="sent" title={t('list.title')} aside={lines.length > 0 && t('list.note')}>
      {failing.size > 0 && (
        <Note
          kind="warning"
          className="mb-4"
          action={mayTest && <CredentialForm action={sendAgainAction} submit={t('list.again')} />}
        >
          {t('list.againText', { channels: t.joined(names) })}
        </Note>
      )}
      {lines.length === 0 ? (
        <p className="text-soft">{t('list.none')}</p>
      ) : (
        <ReminderTable caption={t('list.caption')} lines={lines} {...props} />
      )}
      {undelivered.length > 0 && (
        <Fold summary={t('list.undelivered', { count: undelivered.length })} className="mt-3">
          <ReminderTable
            caption={t('list.undelivered', { count: undelivered.length })}
            lines={undelivered.slice(0, UNDELIVERED_MAX)}
            {...props}
          />
        </Fold>
      )}
      {(moreComing > 0 || hasEarlier) && (
        <p className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {moreComing > 0 && <TextLink href={CREDENTIALS_PATH}>{t('list.moreComing', { count: moreComing })}</TextLink>}
          {hasEarlier && (
            <TextLink href={withQuery(ACTIVITY_PATH, { action: 'reminder.send' })}>{t('list.earlier')}</TextLink>
          )}
        </p>
      )}
      {reminders.length > 0 && <p className="mt-3 max-w-[68ch] text-xs text-faint">{t('list.legend')}</p>}
    </Part>
  )
}

const isUndelivered = ({ state, fault }: Reminder): boolean =>
  state === 'failed' || (fault !== null && WAITING.includes(state))

/** What is upcoming, then the newest of the others; and, however old, each other one that was not delivered. */
export function linesOf(props: Pick<HistoryProps, 'views' | 'reminders' | 'thresholdsDays' | 'now'>) {
  const { views, reminders, thresholdsDays, now } = props
  const coming = views.flatMap((view): Line[] => {
    const next = view.slot !== 'previous' && view.expiresAt && nextThreshold(view.expiresAt, thresholdsDays, now)
    return next ? [{ key: `next ${view.id}`, view, ...next, reminder: null }] : []
  })
  const existing = reminders.flatMap((reminder): Line[] => {
    const view = views.find(({ id }) => id === idOf(reminder))
    const { thresholdDays, sentAt, dueAt, state } = reminder
    // A day that had passed before the credential was stored is no reminder that anyone missed.
    const isEarlier = view && state === 'covered' && dueAt < view.createdAt
    return view && !isEarlier ? [{ key: reminder.id, view, thresholdDays, at: sentAt ?? dueAt, reminder }] : []
  })
  const byDate = (a: Line, b: Line) => a.at.getTime() - b.at.getTime()
  const past = existing.sort(byDate).reverse()
  return {
    lines: [...coming.sort(byDate).slice(0, COMING_MAX), ...past.slice(0, PAST_MAX)],
    undelivered: past.slice(PAST_MAX).filter(({ reminder }) => reminder && isUndelivered(reminder)),
    moreComing: Math.max(0, coming.length - COMING_MAX),
    hasEarlier: past.length > PAST_MAX,
  }
}

function ReminderTable(props: HistoryProps & { caption: string; lines: readonly Line[] }) {
  const { caption, lines, channels, credentialLabels, t } = props
  return (
    <Table
      caption={caption}
      rows={lines}
      rowKey={({ key }) => key}
      groupOf={({ reminder }) => t(reminder ? 'list.past' : 'list.coming')}
    >
      {(column) => [
        column(t('list.date'), ({ at, reminder }) => (
          <span className="xl:whitespace-nowrap tabular-nums">
            {reminder?.sentAt ? t.time(at).replace(/ UTC$/, '') : t.date(at)}
          </span>
        )),
        column(t('list.credential'), ({ view }) => (
          <TextLink href={expiringPath(view)}>{expiringName(view, credentialLabels)}</TextLink>
        )),
        column(t('list.what'), ({ thresholdDays: days }) => (
          <span className="xl:whitespace-nowrap">{days < 0 ? t('list.refused') : t('list.days', { days })}</span>
        )),
        column(t('list.to'), ({ view, reminder }) =>
          reminder ? (
            <Foreign>{channels.find(({ id }) => id === reminder.channelId)?.name ?? ''}</Foreign>
          ) : (
            t(reachOf(channels, view) > 0 ? 'list.all' : 'list.noChannel')
          ),
        ),
        column(t('list.state'), { brief: 'line' }, ({ reminder }) => (
          // On a phone the heading of the group is near enough.
          <div className={reminder ? '' : 'max-sm:hidden'}>
            <StatusBadge tone={TONE_OF[reminder?.state ?? 'upcoming']}>
              {t(`list.stateIs.${reminder?.state ?? 'upcoming'}`)}
            </StatusBadge>
            {reminder && <Attempts reminder={reminder} {...props} />}
          </div>
        )),
      ]}
    </Table>
  )
}

function Attempts({ reminder, channels, now, t }: RemindersContext & { reminder: Reminder }) {
  const { state, attempts, nextAttemptAt, fault, channelId } = reminder
  const kind = channels.find(({ id }) => id === channelId)?.kind ?? 'mail'
  return (
    <>
      {state === 'due' && nextAttemptAt && attempts > 0 && (
        <span className="block text-xs text-soft">
          {t('list.nextAttempt', { attempts, when: t.timeUntil(nextAttemptAt, now) })}
        </span>
      )}
      {state === 'failed' && <span className="block text-xs text-soft">{t('list.givenUp', { attempts })}</span>}
      {fault && (state === 'failed' || WAITING.includes(state)) && (
        <span className="block text-xs text-bad">{faultAdvice(kind, fault, t.locale).title}</span>
      )}
    </>
  )
}
