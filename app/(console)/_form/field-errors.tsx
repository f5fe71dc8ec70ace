'use client'

import { useMemo } from 'react'
import { AnswerNote, useAnswerFocus } from '@/app/_form/answer-note'
import { ConflictNote } from '@/app/_form/conflict-note'
import type { Outcome } from '@/app/_form/outcome'
import { PlainLink } from '@/components/text'

export const ErrorLinks = ({ errors }: { errors: readonly { name: string; text: string }[] }) => (
  <ul className="grid gap-1">
    {errors.map(({ name, text }) => (
      <li key={`${name} ${text}`}>
        <PlainLink href={`#${name}`}>{text}</PlainLink>
      </li>
    ))}
  </ul>
)

type Refusal = Extract<Outcome, { kind: 'refused' }>

/** Above the fields of a long form: why it was refused, unless it only asks for the password. */
export function RefusalNote(props: { refusal: Refusal | null; labels: Readonly<Record<string, string>> }) {
  const { refusal, labels } = props
  const errors = useMemo(() => ({ ...refusal?.errors }), [refusal])
  if (!refusal || refusal.confirm) return null
  const { message, conflict } = refusal
  if (conflict) return <ConflictNote title={message} conflict={conflict} />
  return <FieldErrors title={message} errors={errors} labels={labels} />
}

/** Why nothing was saved: the errors by the name of their field, in a new object for each answer. */
export function FieldErrors<Name extends string>(props: {
  title: string
  errors: Readonly<Partial<Record<Name, string>>>
  labels: Readonly<Record<Name, string>>
}) {
  const { title, errors, labels } = props
  useAnswerFocus(errors)
  const wrong = Object.entries(errors) as [Name, string][]
  return (
    <AnswerNote kind="danger" title={title}>
      {wrong.length > 0 && (
        <ErrorLinks errors={wrong.map(([name, text]) => ({ name, text: `${labels[name]}: ${text}` }))} />
      )}
    </AnswerNote>
  )
}
