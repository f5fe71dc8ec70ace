import { AnswerNote, useAnswerFocus } from './answer-note'
import type { Conflict } from './outcome'
import { Sides } from './sides'

/** Who else saved since the form was opened, and both values of each field. What was typed is still in the form, and the next save replaces theirs. */
export function ConflictNote({ title, conflict }: { title: string; conflict: Conflict }) {
  const { text, labels, differences } = conflict
  useAnswerFocus(conflict)
  return (
    <AnswerNote kind="warning" title={title}>
      <p>{text}</p>
      <div className="mt-3 grid gap-3 empty:hidden">
        {differences.map(({ title, values }) => (
          <Sides key={title} {...{ title, labels, values }} />
        ))}
      </div>
    </AnswerNote>
  )
}
