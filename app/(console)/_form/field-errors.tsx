'use client'

import { PlainLink } from '@/components/text'
import { AnswerNote, useAnswerFocus } from './answer-note'

export const ErrorLinks = ({ errors }: { errors: readonly { name: string; text: string }[] }) => (
  <ul className="grid gap-1">
    {errors.map(({ name, text }) => (
      <li key={`${name} ${text}`}>
        <PlainLink href={`#${name}`}>{text}</PlainLink>
      </li>
    ))}
  </ul>
)

/** Why nothing was saved: the errors by the name of their field, in a new object for each answer. */
export function FieldErrors<Name extends string>(props: {
  title: string
  errors: Readonly<Partial<Record<Name, string>>>
  labels: Readonly<Record<Name, string>>
}) {
  const { title, errors, labels } = props
  useAnswerFocus(errors, true)
  const wrong = Object.entries(errors) as [Name, string][]
  return (
    <AnswerNote kind="danger" title={title}>
      {wrong.length > 0 && (
        <ErrorLinks errors={wrong.map(([name, text]) => ({ name, text: `${labels[name]}: ${text}` }))} />
      )}
    </AnswerNote>
  )
}
