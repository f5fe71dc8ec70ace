import type { CopyWords } from '@/components/code-block'
import { Note } from '@/components/note'
import { SubmitButton } from '@/components/submit-button'
import { absoluteTime } from '@/components/timestamp'
import type { Remedy } from '@/lib/diagnosis'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'
import { pauseAction, resumeAction } from './actions'
import { RemedyPart } from './remedy-part'

export interface ShownPause {
  /** Null: a person paused it. */
  remedy: Remedy | null
  by: string
  at: Date
}

/** Why nothing leaves, what to do about it, and the way on. */
export function PausePart(props: {
  pause: ShownPause | null
  mayChange: boolean
  back: string
  locale: Locale
  t: Words
  copy: CopyWords
}) {
  const { pause, mayChange, back, locale, t, copy } = props
  if (!pause) return mayChange ? <PauseForm back={back} t={t} /> : null
  const { remedy, by, at } = pause
  const when = absoluteTime(at, locale)
  return (
    <Note
      kind={remedy ? 'danger' : 'warning'}
      className="mb-6"
      title={remedy ? t('paused.byDiagnosis', { title: remedy.title }) : t('paused.byPerson')}
      action={mayChange && <ResumeForm back={back} t={t} />}
    >
      <p>{remedy ? t('paused.byDiagnosisText', { when }) : t('paused.byPersonText', { who: by, when })}</p>
      {remedy && (
        <>
          <p className="font-[600]">{t('paused.whatToDo')}</p>
          <RemedyPart remedy={remedy} copy={copy} />
        </>
      )}
    </Note>
  )
}

function ResumeForm({ back, t }: { back: string; t: Words }) {
  return (
    <form action={resumeAction}>
      <input type="hidden" name="back" value={back} />
      <SubmitButton>{t('paused.resume')}</SubmitButton>
    </form>
  )
}

function PauseForm({ back, t }: { back: string; t: Words }) {
  return (
    <form action={pauseAction} className="mb-6 flex flex-wrap items-center gap-x-3 gap-y-1">
      <input type="hidden" name="back" value={back} />
      <SubmitButton>{t('paused.pause')}</SubmitButton>
      <span className="text-sm text-faint">{t('paused.pauseHint')}</span>
    </form>
  )
}
