'use client'

import { useEffect, useRef } from 'react'
import { ActionForm } from '@/components/action-form'
import { Field, fieldProps } from '@/components/field'
import { RadioGroup } from '@/components/inputs'
import { useServerAction } from '@/components/server-action'
import { SubmitButton } from '@/components/submit-button'
import { addSendersAction } from './actions'
import type { AddState } from './add-state'

const UNTOUCHED: AddState = { messages: [], typed: '', way: 'send-as' }

/** Adds senders, and chooses their login mailbox. */
export function AddForm(props: {
  server: string
  labels: {
    addresses: string
    hint: string
    way: string
    ways: readonly { value: string; label: string }[]
    send: string
  }
}) {
  const { server, labels } = props
  const adding = useServerAction(addSendersAction, UNTOUCHED)
  const { messages, typed, way } = adding.state
  const field = useRef<HTMLTextAreaElement>(null)
  const error = messages.length === 0 ? undefined : messages.join('; ')
  const about = { name: 'addresses', hint: labels.hint, error }

  useEffect(() => {
    if (messages.length > 0) field.current?.focus()
  }, [messages])

  return (
    <ActionForm of={adding} className="grid max-w-md gap-4">
      <input type="hidden" name="server" value={server} />
      <Field {...about} label={labels.addresses}>
        <textarea
          key={typed}
          ref={field}
          rows={3}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          defaultValue={typed}
          {...fieldProps(about)}
          className="control"
        />
      </Field>
      <RadioGroup key={way} name="way" legend={labels.way} defaultValue={way} options={labels.ways} />
      <div>
        <SubmitButton>{labels.send}</SubmitButton>
      </div>
    </ActionForm>
  )
}
