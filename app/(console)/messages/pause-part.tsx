import { PlainForm } from '@/components/action-form'
import type { CopyLabels } from '@/components/code-block'
import { Note } from '@/components/note'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime } from '@/components/timestamp'
import type { Remedy } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { DeliveryNow } from '@/lib/mail-server'
import { pauseAction, resumeAction } from './actions'
import { RemedyPart } from './remedy-part'

export interface PauseView {
  mailServerId: string
  name: string
  /** Null if a person paused it. */
  remedy: Remedy | null
  by: string
  at: Date
  /** Name of the failover server that has taken over, or null. */
  failover: string | null
}

type Server = Pick<DeliveryNow, 'mailServerId' | 'name'>

/** For each paused mail server, why it delivers nothing, what to do, and how to resume it. */
export function PausePart(props: {
  pauses: readonly PauseView[]
  servers: readonly Server[]
  mayChange: boolean
  back: string
  locale: Locale
  t: Translator<'messages'>
  copy: CopyLabels
}) {
  const { pauses, servers, mayChange, back, t } = props
  const running = servers.filter(({ mailServerId }) => pauses.every((pause) => pause.mailServerId !== mailServerId))
  return (
    <>
      {pauses.map((pause) => (
        <PauseNote key={pause.mailServerId} {...props} pause={pause} />
      ))}
      {mayChange && running.length > 0 && <PauseForm servers={running} named={servers.length > 1} back={back} t={t} />}
    </>
  )
}

function PauseNote(props: Omit<Parameters<typeof PausePart>[0], 'pauses'> & { pause: PauseView }) {
  const { pause, servers, mayChange, back, locale, t, copy } = props
  const { mailServerId, remedy, by, at, failover } = pause
  const when = absoluteTime(at, locale)
  const title = !remedy
    ? t('paused.byPerson')
    : failover !== null
      ? t('paused.standIn', { title: remedy.title, backup: failover })
      : t('paused.byDiagnosis', { title: remedy.title })
  return (
    <Note
      kind={remedy && failover === null ? 'danger' : 'warning'}
      className="mb-6"
      title={servers.length > 1 ? `${pause.name}: ${title}` : title}
      action={mayChange && <ResumeForm server={mailServerId} back={back} t={t} />}
    >
      <p>
        {remedy
          ? t(failover === null ? 'paused.byDiagnosisText' : 'paused.standInText', { when })
          : t('paused.byPersonText', { who: by, when })}
      </p>
      {remedy && (
        <>
          <p className="font-[600]">{t('paused.whatToDo')}</p>
          <RemedyPart remedy={remedy} copy={copy} />
        </>
      )}
    </Note>
  )
}

function ResumeForm({ server, back, t }: { server: string; back: string; t: Translator<'messages'> }) {
  return (
    <PlainForm action={resumeAction}>
      <input type="hidden" name="back" value={back} />
      <input type="hidden" name="server" value={server} />
      <SubmitButton>{t('paused.resume')}</SubmitButton>
    </PlainForm>
  )
}

/** With several mail servers, the reader chooses which one to pause. */
function PauseForm({
  servers,
  named,
  back,
  t,
}: {
  servers: readonly Server[]
  named: boolean
  back: string
  t: Translator<'messages'>
}) {
  return (
    <PlainForm action={pauseAction} className="mb-6 flex flex-wrap items-center gap-x-3 gap-y-1">
      <input type="hidden" name="back" value={back} />
      {named ? (
        <select name="server" aria-label={t('paused.which')} className="control w-auto max-w-full">
          {servers.map(({ mailServerId, name }) => (
            <option key={mailServerId} value={mailServerId}>
              {name}
            </option>
          ))}
        </select>
      ) : (
        <input type="hidden" name="server" value={servers[0]?.mailServerId} />
      )}
      <SubmitButton>{t('paused.pause')}</SubmitButton>
      <span className="text-sm text-faint">{t('paused.pauseHint')}</span>
    </PlainForm>
  )
}
