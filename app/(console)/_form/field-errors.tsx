'use client'

import { AnswerNote, useAnswerFocus } from './answer-note'

/**
 * Why nothing was saved: the fields with an error, each a link to its field.
 *
 * @param props.errors By the name of the field; a new object for each answer.
 * @param props.labels By the name of the field.
 */
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
        <ul className="grid gap-1">
          {wrong.map(([name, text]) => (
            <li key={name}>
              <a href={`#${name}`} className="prose-link">
                {`${labels[name]}: ${text}`}
              </a>
            </li>
          ))}
        </ul>
      )}
    </AnswerNote>
  )
}
