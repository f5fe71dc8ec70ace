import { REMINDERS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import type { Alert } from '@/lib/alerts/store'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Translator } from '@/lib/i18n/translations'
import { failingText } from '../reminders/fault-text'

/** Whether an alert is open, and whether people would hear of the next one. */
export function AlertsAnswer(props: {
  notified: readonly Channel[]
  open: readonly Pick<Alert, 'acknowledgedAt'>[]
  kindCount: number
  hasChannels: boolean
  mayWrite: boolean
  t: Translator<'alerts'>
  reminderLabels: Translator<'reminders'>
}) {
  const { notified, open, kindCount, hasChannels, mayWrite, t, reminderLabels } = props
  const channelsHref = hasChannels ? '#settings' : (`${REMINDERS_PATH}#add` as const)
  if (open.length === 0 && kindCount === 0)
    return <Answer tone="neutral" title={t('answer.unwatched')} detail={t('answer.unwatchedDetail')} />
  if (open.length === 0 && notified.length === 0)
    return (
      <Answer
        tone="warn"
        mark={0}
        title={t('answer.nobody')}
        detail={t('answer.nobodyDetail')}
        action={
          mayWrite && <ButtonLink href={channelsHref}>{t(hasChannels ? 'answer.choose' : 'answer.add')}</ButtonLink>
        }
      />
    )
  const failing = failingText(notified, reminderLabels)
  const waiting = open.filter(({ acknowledgedAt }) => acknowledgedAt === null).length
  return (
    <>
      {open.length > 0 ? (
        <Answer
          tone={waiting > 0 ? 'bad' : 'warn'}
          mark={open.length}
          title={t('answer.open', { count: open.length })}
          detail={`${t('answer.openDetail', { waiting, count: open.length })} ${failing}`}
        />
      ) : (
        <Answer
          tone={failing ? 'warn' : 'good'}
          title={t('answer.clear')}
          detail={`${t('answer.clearDetail', { kinds: kindCount, channels: notified.length })} ${failing}`}
        />
      )}
      {notified.length > 0 && notified.every(({ kind }) => kind === 'mail') && (
        <Note kind="warning" title={t('onlyMail.title')}>
          <p>{t('onlyMail.text')}</p>
        </Note>
      )}
    </>
  )
}
