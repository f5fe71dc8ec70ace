import { REMINDERS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import type { Alert } from '@/lib/alerts/store'
import { failingText } from '../reminders/fault-text'
import type { AlertsContext } from './alert-settings'

/** Whether an alert is open, and whether people would hear of the next one. */
export function AlertsAnswer(props: AlertsContext & { open: readonly Pick<Alert, 'acknowledgedAt'>[] }) {
  const { stored, channels, open, mayWrite, t, reminderLabels } = props
  const notified = channels.filter(({ id, enabled }) => enabled && stored.channels.includes(id))
  const kindCount = stored.kinds.length
  if (open.length === 0 && kindCount === 0)
    return <Answer tone="neutral" title={t('answer.unwatched')} detail={t('answer.unwatchedDetail')} />
  if (open.length === 0 && notified.length === 0) {
    const [kind, href, text] =
      channels.length > 0
        ? (['secondary', '#settings', t('answer.choose')] as const)
        : (['primary', `${REMINDERS_PATH}#add`, t('answer.add')] as const)
    const action = mayWrite && <ButtonLink kind={kind} href={href} text={text} />
    return <Answer tone="warn" mark={0} title={t('answer.nobody')} detail={t('answer.nobodyDetail')} action={action} />
  }
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
