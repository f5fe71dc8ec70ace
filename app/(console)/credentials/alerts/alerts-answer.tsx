import { REMINDERS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Translator } from '@/lib/i18n/translations'
import { failingText } from '../reminders/fault-text'

/** Whether an alert is open, and whether people would hear of the next one. */
export function AlertsAnswer(props: {
  notified: readonly Channel[]
  openCount: number
  kindCount: number
  hasChannels: boolean
  mayWrite: boolean
  t: Translator<'alerts'>
  reminderLabels: Translator<'reminders'>
}) {
  const { notified, openCount, kindCount, hasChannels, mayWrite, t, reminderLabels } = props
  const channelsHref = hasChannels ? '#settings' : (`${REMINDERS_PATH}#add` as const)
  if (openCount === 0 && kindCount === 0)
    return <Answer tone="neutral" title={t('answer.unwatched')} detail={t('answer.unwatchedDetail')} />
  if (openCount === 0 && notified.length === 0)
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
  return (
    <>
      {openCount > 0 ? (
        <Answer
          tone="bad"
          mark={openCount}
          title={t('answer.open', { count: openCount })}
          detail={`${t('answer.openDetail')} ${failing}`}
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
