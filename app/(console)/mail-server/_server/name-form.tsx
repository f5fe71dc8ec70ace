'use client'

import { useEffect, useRef } from 'react'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { Hidden } from '@/components/hidden'
import { TextInput } from '@/components/inputs'
import { addServerAction, type NameState, renameServerAction } from './server-actions'

const UNTOUCHED: NameState = { message: null, typed: null }

/** Names a new mail server, or renames one. */
export function NameForm(props: {
  /** Id of the mail server that is renamed; null to add one. */
  server: string | null
  name: string
  labels: { label: string; hint: string; send: string }
}) {
  const { server, name, labels } = props
  const sending = useServerAction(server === null ? addServerAction : renameServerAction, UNTOUCHED)
  const answer = sending.state
  const fields = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (answer.message) fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [answer])

  return (
    <ActionForm of={sending} className="grid max-w-md gap-3">
      {server !== null && <Hidden server={server} seenName={answer.current ?? name} />}
      <div ref={fields}>
        <TextInput
          key={answer.typed}
          name="serverName"
          label={labels.label}
          hint={labels.hint}
          error={answer.message ?? undefined}
          defaultValue={answer.typed ?? name}
          autoCapitalize="sentences"
          maxLength={255}
        />
      </div>
      <div>
        <SubmitButton kind={server === null ? 'primary' : 'secondary'}>{labels.send}</SubmitButton>
      </div>
    </ActionForm>
  )
}
