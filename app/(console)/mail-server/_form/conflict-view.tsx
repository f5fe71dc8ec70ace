'use client'

import type { RefObject } from 'react'
import { fieldLabel, fieldText, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { AnswerNote } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { FormState } from './form-data'
import { putValue } from './put-value'

type Field = keyof MailServerFields

/**
 * Two people changed the same settings: shows both values of each field that the other person changed and that differs.
 * With scripts a choice is put into the form at once; without them the person enters the value.
 */
export function ConflictView(props: {
  form: RefObject<HTMLFormElement | null>
  answer: Extract<FormState, { kind: 'conflict' }>
  onChosen: () => void
  scripted: boolean
  w: PageLabels
}) {
  const { answer, w } = props
  const { base, fields: yours, theirs } = answer
  const sides = [
    { side: 'yours', fields: yours },
    { side: 'theirs', fields: theirs.fields },
  ] as const
  const differing = (Object.keys(yours) as Field[]).filter(
    (name) => ![base[name], yours[name]].includes(theirs.fields[name]),
  )

  function choose(name: Field, value: string | boolean) {
    if (props.form.current) putValue(props.form.current, name, value)
    props.onChosen()
  }

  return (
    <AnswerNote kind="warning" title={fill(w.conflict.title, { by: theirs.by })}>
      {differing.length === 0 ? (
        <p>{w.conflict.same}</p>
      ) : (
        <>
          <p>{w.conflict.text}</p>
          <div className="my-3 grid gap-3">
            {differing.map((name) => (
              <fieldset key={name} className="border-t border-line pt-2">
                <legend className="float-left w-full font-[550] text-ink">{fieldLabel(name, w)}</legend>
                <div className="clear-left grid gap-x-4 gap-y-1 sm:grid-cols-2">
                  {sides.map(({ side, fields }) => (
                    <div key={side} className="flex gap-2">
                      <input
                        type="radio"
                        id={`${name}-${side}`}
                        name={`${name}-choice`}
                        form="conflict-choices"
                        defaultChecked={side === 'yours'}
                        onChange={() => choose(name, fields[name])}
                        className="mt-0.5 size-4 shrink-0"
                      />
                      <label htmlFor={`${name}-${side}`} className="min-w-0">
                        <span className="text-faint">{w.conflict[side]}: </span>
                        <span className="text-ink">{fieldText(name, fields, w) || w.conflict.empty}</span>
                      </label>
                    </div>
                  ))}
                </div>
              </fieldset>
            ))}
          </div>
          <p>{w.conflict.resolve}</p>
        </>
      )}
      <p>{props.scripted ? w.conflict.secretNote : w.conflict.secretNoteScriptless}</p>
    </AnswerNote>
  )
}
