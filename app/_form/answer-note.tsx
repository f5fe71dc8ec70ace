import { type ReactNode, useEffect } from 'react'
import { Note, type NoteKind } from '@/components/note'

const ANSWER_NOTE = 'answer-note'

/** Why a form was not saved, or what to check before it is. A form shows at most one at a time, and gives it the focus by `useAnswerFocus`. */
export function AnswerNote({ kind, title, children }: { kind: NoteKind; title: string; children?: ReactNode }) {
  return (
    <Note kind={kind} id={ANSWER_NOTE} reachable className="mb-6 [.grid>&]:mb-0" title={title}>
      {children}
    </Note>
  )
}

/** Moves the focus to the note of a new answer, which is a new object, since the form is longer than a screen. */
export function useAnswerFocus(answer: unknown, isNoteShown = true): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    if (isNoteShown) document.getElementById(ANSWER_NOTE)?.focus()
  }, [answer, isNoteShown])
}
