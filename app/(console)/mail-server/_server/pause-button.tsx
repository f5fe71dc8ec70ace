import { getTranslations } from '@/app/_server/translations'
import { PlainForm } from '@/components/action-form'
import { Icon } from '@/components/icon'
import { SubmitButton } from '@/components/submit-button'
import type { ListedServer } from '@/lib/mail-server/servers'
import { pauseAction, resumeAction } from '../../messages/actions'
import { FROM_SERVER } from '../../messages/query'

/** Pauses delivery through one mail server, or resumes it. */
export async function PauseButton({ server: { id, name, pause } }: { server: ListedServer }) {
  const t = await getTranslations('messages')
  const isPaused = pause !== null
  const text = t(isPaused ? 'paused.resume' : 'paused.pause')
  return (
    <PlainForm action={isPaused ? resumeAction : pauseAction}>
      <input type="hidden" name="back" value={FROM_SERVER} />
      <input type="hidden" name="server" value={id} />
      <SubmitButton aria-label={`${text}: ${name}`} title={isPaused ? undefined : t('paused.pauseHint')}>
        <Icon name={isPaused ? 'play' : 'pause'} className="size-4" />
        <span className="bar-label">{text}</span>
      </SubmitButton>
    </PlainForm>
  )
}
