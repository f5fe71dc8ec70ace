import type { ReactNode } from 'react'
import { answerKey } from '@/components/answer-key'
import { Note } from '@/components/note'
import { ConflictNote } from './conflict-note'
import type { Outcome } from './outcome'

/** What the answer to a form says, unless the form asks for the password or its fields say what is wrong. `children` belong to a refusal. */
export function OutcomeNote({ outcome, children }: { outcome: Outcome; children?: ReactNode }) {
  if (outcome.kind === 'done')
    return (
      <Note key={answerKey(outcome)} kind="success" live="status">
        {outcome.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </Note>
    )
  if (outcome.kind === 'refused' && outcome.conflict)
    return <ConflictNote title={outcome.message} conflict={outcome.conflict} />
  if (outcome.kind === 'untouched' || outcome.confirm || Object.keys(outcome.errors ?? {}).length > 0) return null
  return (
    <Note kind="danger" live="alert">
      <p key={answerKey(outcome)}>{outcome.message}</p>
      {children}
    </Note>
  )
}
