import { Note } from '@/components/note'
import type { Words } from '@/lib/kernel/words'
import { DONE, GOOD_NEWS } from './outcome'

/** What the step that led here did, and what comes next. */
export function DoneNote({ done, t }: { done: string | string[] | undefined; t: Words }) {
  const known = DONE.find((each) => each === done)
  if (!known) return null
  return (
    <Note kind={GOOD_NEWS.includes(known) ? 'success' : 'warning'} live="status" className="no-print mb-6">
      <p>{t(`done.${known}`)}</p>
    </Note>
  )
}
