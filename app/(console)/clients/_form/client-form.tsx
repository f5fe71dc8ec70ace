'use client'

import { type ReactNode, useState } from 'react'
import { seenIn, UNTOUCHED } from '@/app/_form/outcome'
import { CHECK_CLIENT_PATH } from '@/app/paths'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { answerKey } from '@/components/answer-key'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Live } from '@/components/live'
import { SaveBar } from '@/components/save-bar'
import type { ClientWay } from '@/lib/submission/client'
import type english from '@/messages/en/clients.json'
import { discardable } from '../../_form/discardable'
import { RefusalNote } from '../../_form/field-errors'
import { LiveRefusal } from '../../_form/live-errors'
import { addClientAction, changeClientAction } from '../actions'

export type ClientFormLabels = (typeof english)['form']

interface ClientFormProps {
  hidden: Record<string, string>
  /** Of a saved client; without one the form adds a client. */
  version?: number
  way: ClientWay
  submit: string
  labels: ClientFormLabels
  children: ReactNode
}

/** The settings of a client, new or saved. What was typed stays in the form, whatever the answer is. */
export const ClientForm = discardable(function Form(props: ClientFormProps & { discard: () => void }) {
  const { version, labels, way } = props
  const isSaved = version !== undefined
  const sending = useServerAction(isSaved ? changeClientAction : addClientAction, UNTOUCHED)
  const [hasChanged, setHasChanged] = useState(false)
  const { state, pending } = sending
  const [ofVersion, setOfVersion] = useState(version)
  const answer = state.kind === 'refused' ? state : null
  // A new client may get another way afterwards, for which the errors say nothing.
  const [answered, setAnswered] = useState({ state, way })
  if (answered.state !== state) setAnswered({ state, way })
  const isOfWay = answered.way === way
  // After a save the form starts again. One that was refused does not, although the page may have a newer version after it.
  if (version !== ofVersion && !answer) setOfVersion(version)
  const button = (
    <SubmitButton
      kind={isSaved && !hasChanged && !answer?.confirm ? 'secondary' : 'primary'}
      pendingLabel={labels.pending}
      text={props.submit}
    />
  )
  return (
    <ActionForm
      key={ofVersion}
      call={sending}
      keeps
      guarded
      noValidate
      className="grid gap-5"
      onChanges={setHasChanged}
      hidden={seenIn(props.hidden, state)}
    >
      <RefusalNote refusal={isOfWay ? answer : null} labels={labels.field} />
      <LiveRefusal
        path={CHECK_CLIENT_PATH}
        state={state}
        refusal={isOfWay ? (answer ?? {}) : { typed: answer?.typed }}
        labels={labels.field}
      >
        {props.children}
      </LiveRefusal>
      {answer?.confirm && <ConfirmFields confirmation={answer.confirm}>{button}</ConfirmFields>}
      {isSaved ? (
        <SaveBar
          save={!answer?.confirm && button}
          unsaved={hasChanged && !pending ? labels.unsaved : null}
          discard={<Button type="button" kind="quiet" onClick={props.discard} text={labels.discard} />}
        >
          {/* Saved values make the form new, so this is new too. */}
          {state.kind === 'done' && !hasChanged && (
            <Live key={answerKey(state)} role="status">
              {state.lines}
            </Live>
          )}
        </SaveBar>
      ) : (
        !answer?.confirm && <div>{button}</div>
      )}
    </ActionForm>
  )
})
