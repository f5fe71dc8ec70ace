'use client'

import { useEffect, useRef, useState } from 'react'
import { UNTOUCHED } from '@/app/_form/outcome'
import { OutcomeNote } from '@/app/_form/outcome-note'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextArea, TextInput } from '@/components/inputs'
import type english from '@/messages/en/basic-auth.json'
import { addReportAction } from './actions'

/** A form posts each end of a line as two characters. */
const postedBytes = (text: string): number => new Blob([text.replaceAll('\n', '\r\n')]).size

/** The file of an input, which is refused while it is larger than `bytesMax`. */
function useChosenFile(bytesMax: number, tooLarge: string) {
  const input = useRef<HTMLInputElement>(null)
  const [isChosen, setIsChosen] = useState(false)
  function check() {
    const [chosen] = input.current?.files ?? []
    input.current?.setCustomValidity(chosen && chosen.size > bytesMax ? tooLarge : '')
    setIsChosen(chosen !== undefined)
  }
  // It may have been chosen before the scripts arrived.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(check, [])
  function remove() {
    if (!input.current) return
    input.current.value = ''
    check()
    input.current.focus()
  }
  return { input, isChosen, check, remove, forget: () => setIsChosen(false) }
}

/** Adds a report, as a file or as pasted text, with the days that it covers. */
export function ReportForm(props: {
  period: { from: string; until: string }
  fileBytesMax: number
  textBytesMax: number
  labels: (typeof english)['add'] & { tooLarge: string }
}) {
  const { labels, period } = props
  const sending = useServerAction(addReportAction, UNTOUCHED)
  const outcome = sending.state
  const { typed = {}, errors = {} } = outcome.kind === 'refused' ? outcome : {}
  const file = useChosenFile(props.fileBytesMax, labels.tooLarge)
  const day = (name: 'from' | 'until') => {
    const value = typed[name] ?? period[name]
    return (
      <TextInput
        key={`${name} ${value}`}
        name={name}
        label={labels[name]}
        type="date"
        defaultValue={value}
        error={errors[name]}
        required
      />
    )
  }
  return (
    <ActionForm call={sending} keeps={outcome.kind !== 'done'} leads onReset={file.forget} className="grid gap-4">
      <OutcomeNote outcome={outcome} />
      <div className="grid gap-4 sm:grid-cols-2">
        {day('from')}
        {day('until')}
      </div>
      <div>
        <TextInput
          ref={file.input}
          name="file"
          label={labels.file}
          hint={labels.fileHint}
          error={errors.file}
          type="file"
          accept=".csv,text/csv,text/plain"
          onChange={file.check}
        />
        {file.isChosen && <Button type="button" kind="quiet" onClick={file.remove} text={labels.removeFile} />}
      </div>
      <TextArea
        name="text"
        label={labels.text}
        hint={labels.textHint}
        error={errors.text}
        mono
        rows={3}
        defaultValue={typed.text}
        onChange={({ target }) =>
          target.setCustomValidity(postedBytes(target.value) > props.textBytesMax ? labels.tooLarge : '')
        }
      />
      <div>
        <SubmitButton kind="primary" pendingLabel={labels.pending} text={labels.submit} />
      </div>
    </ActionForm>
  )
}
