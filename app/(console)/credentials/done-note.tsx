import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import { DONE, GOOD_NEWS } from './outcome'

/** What the step that led here did, and what comes next. */
export function DoneNote(props: {
  done: string | string[] | undefined
  /** The mail server or credential that the step was about. */
  about?: string
  t: Translator
}) {
  const { done, about, t } = props
  const known = DONE.find((each) => each === done)
  if (!known) return null
  return (
    <Note
      kind={GOOD_NEWS.includes(known) ? 'success' : 'warning'}
      live="status"
      className="no-print mb-6"
      title={about}
    >
      <p>{t(`done.${known}`)}</p>
    </Note>
  )
}
