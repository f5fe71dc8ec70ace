import { SYSTEM_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Note } from '@/components/note'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { Translator } from '@/lib/i18n/translations'
import { pulsesOf } from '@/lib/operations/status'

/** Problems that prevent reminders from arriving: the worker does not run, or mail is the only channel. */
export function StatusNotes({
  heartbeats,
  channels,
  now,
  t,
}: {
  heartbeats: Parameters<typeof pulsesOf>[0]
  channels: readonly Channel[]
  now: Date
  t: Translator<'reminders'>
}) {
  const isSilent = pulsesOf(heartbeats, now).some((pulse) => pulse.name === 'reminders' && pulse.isSilent)
  const open = channels.filter(({ enabled }) => enabled)
  return (
    <>
      {isSilent && (
        <Note
          kind="danger"
          title={t('clockSilent.title')}
          action={<ButtonLink href={`${SYSTEM_PATH}#processes`}>{t('clockSilent.link')}</ButtonLink>}
          className="mb-6"
        >
          <p>{t('clockSilent.text')}</p>
        </Note>
      )}
      {open.length > 0 && open.every(({ kind }) => kind === 'mail') && (
        <Note kind="warning" title={t('onlyMail.title')} className="mb-6">
          <p>{t('onlyMail.text')}</p>
        </Note>
      )}
    </>
  )
}
