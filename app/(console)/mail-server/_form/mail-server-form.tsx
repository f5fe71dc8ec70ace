'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { useLiveTest } from '@/app/(console)/_connection-test/live-test'
import { FailedReport, type Finished, isFailed } from '@/app/(console)/_connection-test/report-view'
import { Result, TestPanel } from '@/app/(console)/_connection-test/test-panel'
import { discardable } from '@/app/(console)/_form/discardable'
import { MAIL_SERVER_TEST_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { WithSide } from '@/components/columns'
import { Hidden } from '@/components/hidden'
import { postedBy, useFormToken, useServerAction } from '@/components/server-action'
import { UnansweredNote } from '@/components/unanswered-note'
import { useUnsaved } from '@/components/unsaved'
import { saveAction, testAction } from '../actions'
import { BasicAuthNote } from './basic-auth-note'
import type { FormState } from './form-data'
import { type FieldsProps, SettingsFields } from './form-fields'
import { FormNotes } from './form-notes'
import { PasteHelper } from './paste-helper'
import { SettingsSaveBar } from './settings-save-bar'
import { useAnswer } from './use-answer'
import { useDestination } from './use-destination'
import { type PasteLabels, usePasted } from './use-pasted'

type LiveTest = ReturnType<typeof useLiveTest>['live']

const UNTOUCHED: FormState = { kind: 'untouched' }

/** The latest test of the saved settings, as the page shows it until another one is started. */
export interface LatestTest extends Finished {
  /** "Last test: 26 Nov 2026, 14:38 UTC". */
  at: string
  /** Whether its failure is why mail is failing, so that it is what the page says first. */
  isCause: boolean
}

export interface MailServerFormProps
  extends Pick<
    FieldsProps,
    | 'fields'
    | 'stored'
    | 'undecided'
    | 'individualPossible'
    | 'sendersPath'
    | 'replacePath'
    | 'clouds'
    | 'plaintextAllowed'
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
  latest: LatestTest | null
  /** What the page says first, unless a test has just failed. */
  answer: ReactNode
  /** Notes and figures between the answer and the form. */
  children: ReactNode
  w: PageLabels
  pasteLabels: PasteLabels
}

/** Its fields, its two buttons and what they answer. */
function useMailServerForm(props: MailServerFormProps) {
  const { stored, address } = props
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const sendButton = useRef<HTMLButtonElement>(null)
  const save = useServerAction(saveAction, UNTOUCHED, address)
  const { state: tested, action: test } = useServerAction(testAction, UNTOUCHED, address)
  const testToken = useFormToken()
  const { live, start, cancel, clear } = useLiveTest(MAIL_SERVER_TEST_PATH, () => router.refresh())
  const [scripted, setScripted] = useState(false)
  const savedAs = `${props.version}${props.draft}`
  const { changed, look } = useUnsaved(form, savedAs)
  useEffect(() => setScripted(true), [])
  const { type, moved, follow } = useDestination(form, { stored, fields: props.fields, savedAs })
  const { keepSecret, hints, ...view } = useAnswer(form, { saved: save.state, tested, live, address, onInput })
  const isExchange = type === 'exchange-online-oauth2'
  const pasted = usePasted(form, { isExchange, saved: props.fields, labels: props.pasteLabels, onTidied: onInput })

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

  return {
    ...{
      form,
      sendButton,
      save,
      tested,
      test,
      live,
      cancel,
      scripted,
      savedAs,
      changed,
      moved,
      isExchange,
      pasted,
      hints,
      view,
    },
    ...{ onInput, onSubmit },
  }
}

export const MailServerForm = discardable(function Form(props: MailServerFormProps & { discard: () => void }) {
  const { w, latest } = props
  const { form, sendButton, save, tested, test, live, cancel, onInput, onSubmit, ...rest } = useMailServerForm(props)
  const { scripted, savedAs, changed, moved, isExchange, pasted, hints, view } = rest
  const { answer, errors } = view
  const ended = endedTest(live, tested)
  const result = ended ?? (live.kind === 'idle' && !props.draft ? latest : null)
  const failed = result && isFailed(result) ? result : null
  const isCause = ended !== null || latest?.isCause === true
  return (
    <>
      {!(failed && isCause) && props.answer}
      {failed && (
        <FailedTest
          {...{ live, failed, isCause, w }}
          isNew={ended !== null}
          isNext={changed.length === 0 && isCause}
          onPress={scripted ? () => sendButton.current?.click() : null}
        />
      )}
      {props.children}
      <form
        ref={form}
        action={save.action}
        onSubmit={onSubmit}
        onInput={onInput}
        onPaste={pasted.onPaste}
        noValidate
        aria-label={w.form.name}
      >
        <Hidden server={props.server} version={answer.kind === 'conflict' ? answer.version : props.version} />
        <input type="hidden" name="formToken" defaultValue={props.formToken} />
        <WithSide
          side={
            <TestPanel
              {...{ live, sendButton, cancel, w }}
              finished={result}
              lastAt={ended === null ? (latest?.at ?? null) : null}
              send={test}
              testTo={'testTo' in answer ? answer.testTo : props.testTo}
              error={errors.testTo}
            />
          }
        >
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
              paste={scripted && <PasteHelper form={form} onFilled={onInput} isFirst={props.version === 0} w={w} />}
            />
            {props.maySave && (
              <SettingsSaveBar
                {...{ answer, changed, w }}
                pending={save.pending}
                discard={props.discard}
                isFirst={props.version === 0}
                isCurrent={answer.kind === 'saved' && answer.version === props.version && !props.draft}
                // A save clears the test panel, so a test that is shown after it has tested the saved values.
                isVerified={(live.kind === 'finished' ? live : props.latest)?.report.outcome === 'accepted'}
              />
            )}
          </div>
        </WithSide>
      </form>
    </>
  )
})

/** The report of a failed test, with a button that sends it again. */
function FailedTest(props: {
  live: LiveTest
  failed: Parameters<typeof FailedReport>[0]['failed']
  isCause: boolean
  isNew: boolean
  /** Whether sending it again is the next thing to do. */
  isNext: boolean
  onPress: (() => void) | null
  w: PageLabels
}) {
  const { live, failed, isCause, isNew, isNext, onPress, w } = props
  const again = <TestAgain label={w.test.testAgain} kind={isNext ? 'primary' : 'secondary'} onPress={onPress} />
  return (
    <Result of={failed} urgent isNew={isNew} isLate={live.kind === 'finished' && live.late}>
      <FailedReport failed={failed} isAnswer={isCause} w={w} action={again} />
    </Result>
  )
}

/** The test that has just ended: followed by a script, or answered with the page. */
function endedTest(live: LiveTest, tested: FormState): Finished | null {
  if (live.kind === 'finished') return live
  return live.kind === 'idle' && tested.kind === 'tested'
    ? { report: tested.report, transcript: tested.transcript, to: tested.testTo }
    : null
}

/** Sends the test again; without scripts it leads to the button that does. */
function TestAgain(props: { label: string; kind: 'primary' | 'secondary'; onPress: (() => void) | null }) {
  const { label, kind, onPress } = props
  if (onPress)
    return (
      <Button type="button" kind={kind} onClick={onPress}>
        {label}
      </Button>
    )
  return (
    <a href="#send-test" className={`button button-${kind}`}>
      {label}
    </a>
  )
}
