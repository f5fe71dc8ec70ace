'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { useLiveTest } from '@/app/(console)/_connection-test/live-test'
import { TestPanel } from '@/app/(console)/_connection-test/test-panel'
import { MAIL_SERVER_TEST_PATH } from '@/app/paths'
import { postedBy, useFormToken, useServerAction } from '@/components/server-action'
import { UnansweredNote } from '@/components/unanswered-note'
import { saveAction, testAction } from '../actions'
import { BasicAuthNote } from './basic-auth-note'
import { type FieldsProps, SettingsFields } from './form-fields'
import { FormNotes } from './form-notes'
import type { FormState } from './form-state'
import { PasteHelper } from './paste-helper'
import { SettingsSaveBar } from './settings-save-bar'
import { useUnsaved } from './unsaved'
import { useAnswer } from './use-answer'
import { useDestination } from './use-destination'
import { type PasteLabels, usePasted } from './use-pasted'

const UNTOUCHED: FormState = { kind: 'untouched' }

export interface MailServerFormProps
  extends Pick<
    FieldsProps,
    'fields' | 'stored' | 'undecided' | 'individualPossible' | 'sendersPath' | 'clouds' | 'plaintextAllowed'
  > {
  /** Id of the mail server. */
  server: string
  /**
   * Path of the page. Without scripts a posted form carries the place of its first action only, so the answer of the second button
   * would reach no form. With a path instead, the action alone decides which form gets the answer.
   */
  address: string
  version: number
  /** A new one-time token. Scripts make another one for each further post. */
  formToken: string
  /** Whether the page already says that password logins at this host will be switched off. */
  hasBasicAuthNote: boolean
  /** Suggested recipient of the test: the reader's own address. */
  testTo: string
  maySave: boolean
  /** Whether the values are a draft instead of the saved ones. */
  draft: boolean
  w: PageLabels
  pasteLabels: PasteLabels
}

export function MailServerForm(props: MailServerFormProps) {
  const { w, stored, address } = props
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const sendButton = useRef<HTMLButtonElement>(null)
  const save = useServerAction(saveAction, UNTOUCHED, address)
  const { state: tested, action: test } = useServerAction(testAction, UNTOUCHED, address)
  const testToken = useFormToken()
  const { live, start, cancel, clear } = useLiveTest(MAIL_SERVER_TEST_PATH, () => router.refresh())
  const [scripted, setScripted] = useState(false)
  const savedAs = `${props.version}${props.draft}`
  const { dirty, look } = useUnsaved(form, savedAs, w.form.leave)
  useEffect(() => setScripted(true), [])
  const { planned, moved, follow } = useDestination(form, { stored, fields: props.fields, savedAs })
  const { keepSecret, hints, ...view } = useAnswer(form, { saved: save.state, tested, live, address, onInput })
  const isExchange = planned.type === 'exchange-online-oauth2'
  const pasted = usePasted(form, { isExchange, saved: props.fields, labels: props.pasteLabels, onTidied: onInput })
  const { answer, errors } = view

  function onInput() {
    look()
    follow(keepSecret)
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const data = postedBy(event)
    pasted.clear()
    if (submitter?.id === 'send-test' || !props.maySave) {
      save.clear()
      testToken.put(data)
      testToken.answered() // each press starts another test, so an old result must not be taken for a new one
      void start(data)
    } else if (!save.pending) {
      clear()
      save.send(data)
    }
  }

  const finished = tested.kind === 'tested' ? { report: tested.report, transcript: tested.transcript, to: '' } : null
  const ended = live.kind === 'finished' || (live.kind === 'idle' && finished !== null)

  return (
    <form
      ref={form}
      action={save.action}
      onSubmit={onSubmit}
      onInput={onInput}
      onPaste={pasted.onPaste}
      onReset={() => setTimeout(onInput)}
      noValidate
      aria-label={w.form.name}
      className="mb-10 grid gap-x-12 xl:grid-cols-[minmax(0,1fr)_27rem]"
    >
      <input type="hidden" name="server" value={props.server} />
      <input type="hidden" name="version" value={answer.kind === 'conflict' ? answer.version : props.version} />
      <input type="hidden" name="formToken" defaultValue={props.formToken} />
      <div className="min-w-0">
        {save.unanswered && <UnansweredNote why={save.unanswered} className="mb-6" />}
        <FormNotes
          {...{ ...view, form, scripted, w }}
          maySave={props.maySave}
          saving={save.pending}
          onChosen={onInput}
        />
        <SettingsFields
          key={savedAs}
          {...props}
          {...{ errors, moved, w: w.form }}
          fields={'fields' in answer ? answer.fields : props.fields}
          infos={{ ...hints, ...pasted.infos }}
          replacing={'replacing' in answer && answer.replacing}
          hostNote={!props.hasBasicAuthNote && <BasicAuthNote w={w.basicAuth} />}
          exchangeChosen={scripted && isExchange}
          paste={scripted && <PasteHelper form={form} onFilled={onInput} w={w} />}
        />
        {props.maySave && (
          <SettingsSaveBar
            {...{ answer, dirty, w: w.form }}
            pending={save.pending}
            isCurrent={answer.kind === 'saved' && answer.version === props.version && !props.draft}
            // A save clears the test panel, so a test that is shown after it has tested the saved values.
            isVerified={live.kind === 'finished' && live.report.outcome === 'accepted'}
          />
        )}
      </div>
      {/* It stays next to the fields while it is short. A finished report is read by scrolling the page. */}
      <div className={`min-w-0 xl:self-start ${ended ? '' : 'xl:sticky xl:top-0'}`}>
        <TestPanel
          {...{ live, finished, planned, sendButton, cancel, w }}
          send={test}
          testTo={'testTo' in answer ? answer.testTo : props.testTo}
          error={errors.testTo}
        />
      </div>
    </form>
  )
}
