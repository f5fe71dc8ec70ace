'use client'

import { type ReactNode, useState } from 'react'
import { CHECK_CLIENT_PATH } from '@/app/paths'
import { ActionForm, SubmitButton, useServerAction } from '@/components/action-form'
import { answerKey } from '@/components/answer-key'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Live } from '@/components/live'
import { Note } from '@/components/note'
import { SaveBar } from '@/components/save-bar'
import type { ClientWay } from '@/lib/submission/client'
import type english from '@/messages/en/clients.json'
import { discardable } from '../../_form/discardable'
import { FieldErrors } from '../../_form/field-errors'
import { LiveRefusal } from '../../_form/live-errors'
import { addClientAction, type ClientFormState, changeClientAction } from '../actions'

export type ClientFormLabels = (typeof english)['form']
type Refused = Extract<ClientFormState, { kind: 'refused' }>

const UNTOUCHED: ClientFormState = { kind: 'untouched' }

interface ClientFormProps {
  /** With the version of a saved client; without one it adds a client. */
  hidden: Record<string, string | number>
  way: ClientWay
  submit: string
  labels: ClientFormLabels
  children: ReactNode
}

/** The settings of a client, new or saved. What was typed stays in the form, whatever the answer is. */
export const ClientForm = discardable(function Form(props: ClientFormProps & { discard: () => void }) {
  const { version } = props.hidden
  const isSaved = version !== undefined
  const sending = useServerAction(isSaved ? changeClientAction : addClientAction, UNTOUCHED)
  const [hasChanged, setHasChanged] = useState(false)
  const { state, pending } = sending
  const { labels, way } = props
  const [saved, setSaved] = useState<{ version: typeof version; by: ClientFormState | null }>({ version, by: null })
  const answer = state.kind === 'refused' && state !== saved.by ? state : null
  // A new client may get another way afterwards, for which the errors say nothing.
  const [answered, setAnswered] = useState({ state, way })
  if (answered.state !== state) setAnswered({ state, way })
  const isOfWay = answered.way === way
  // After a save the form starts again. A conflict does not, although the page has the newest version after it.
  if (version !== saved.version && version !== answer?.basis?.version) setSaved({ version, by: state })
  const button = (
    <SubmitButton
      kind={isSaved && !hasChanged ? 'secondary' : 'primary'}
      pendingLabel={labels.pending}
      text={props.submit}
    />
  )
  return (
    <ActionForm
      key={saved.version}
      call={sending}
      keeps
      guarded
      noValidate
      className="grid gap-5"
      onChanges={setHasChanged}
      newer={answer?.basis && { version: answer.basis.version, saved: savedIn(answer.basis) }}
      hidden={{ ...props.hidden, ...answer?.basis }}
    >
      {answer && !answer.confirm && isOfWay && <AnswerNote answer={answer} labels={labels} />}
      <LiveRefusal
        key={answer?.conflict ? answer.basis?.version : ''}
        path={CHECK_CLIENT_PATH}
        state={state}
        refusal={answer ? { typed: typedIn(answer), ...(isOfWay && { errors: answer.errors }) } : {}}
        labels={labels.field}
      >
        {props.children}
      </LiveRefusal>
      {answer?.confirm && <ConfirmFields confirmation={answer.confirm} />}
      {isSaved ? (
        <SaveBar
          save={button}
          unsaved={hasChanged && !pending ? labels.unsaved : null}
          discard={<Button type="button" kind="quiet" onClick={props.discard} text={labels.discard} />}
        >
          {/* Saved values make the form new, so this is new too. */}
          {state.kind === 'saved' && !hasChanged && (
            <Live key={answerKey(state)} role="status">
              {state.text}
            </Live>
          )}
        </SaveBar>
      ) : (
        <div>{button}</div>
      )}
    </ActionForm>
  )
})

/** What the basis says is saved, by field, as `ActionForm` compares it: the boxes of a group on one line each. */
const savedIn = (basis: Record<string, string | number>): Record<string, string | boolean> =>
  Object.fromEntries(
    Object.entries(basis).flatMap(([key, value]) => {
      const [, name] = key.split('.')
      if (name === undefined) return []
      return [[name, name === 'scopes' ? value !== '' && String(value).replaceAll(' ', '\n') : String(value)]]
    }),
  )

/** A key for nothing may send, as the fields have it before. */
function typedIn({ typed: { scopes, ...typed } }: Refused): Record<string, string> {
  return { ...typed, ...(scopes && { scopes }) }
}

function AnswerNote({ answer, labels }: { answer: Refused; labels: ClientFormLabels }) {
  const { message, errors, conflict } = answer
  if (!conflict) return <FieldErrors title={message} errors={errors} labels={labels.field} />
  return (
    <Note kind="warning" live="alert" title={message}>
      {conflict.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <dl className="mt-2 grid gap-2">
        {conflict.differences.map(({ label, saved, typed }) => (
          <div key={label}>
            <dt className="font-[550] text-ink">{label}</dt>
            <dd className="wrap-anywhere">{`${labels.saved}: ${saved}`}</dd>
            <dd className="wrap-anywhere">{`${labels.yours}: ${typed}`}</dd>
          </div>
        ))}
      </dl>
    </Note>
  )
}
