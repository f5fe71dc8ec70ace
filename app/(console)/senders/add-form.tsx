'use client'

import { useEffect, useRef } from 'react'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { TextArea } from '@/components/inputs'
import { addSendersAction } from './actions'
import type { AddState } from './form-data'
import { WayCards } from './way-cards'

const UNTOUCHED: AddState = { messages: [], typed: '', way: 'send-as' }

/** Adds senders, and chooses their login mailbox. */
export function AddForm(props: {
  server: string
  labels: {
    addresses: string
    hint: string
    way: string
    ways: Parameters<typeof WayCards>[0]['options']
    send: string
  }
}) {
  const { server, labels } = props
  const adding = useServerAction(addSendersAction, UNTOUCHED)
  const { messages, typed, way } = adding.state
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    if (messages.length > 0) field.current?.focus()
  }, [messages])

  return (
    <ActionForm of={adding} guarded className="grid gap-5">
      <input type="hidden" name="server" value={server} />
      <TextArea
        key={typed}
        ref={field}
        name="addresses"
        label={labels.addresses}
        hint={labels.hint}
        error={messages.length === 0 ? undefined : messages.join('; ')}
        rows={5}
        defaultValue={typed}
        className="max-w-[32rem]"
      />
      <WayCards key={way} legend={labels.way} defaultValue={way} options={labels.ways} />
      <div>
        <SubmitButton kind="primary">{labels.send}</SubmitButton>
      </div>
    </ActionForm>
  )
}
