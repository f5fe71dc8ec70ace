'use client'

import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { useFormTest } from '@/app/(console)/_connection-test/live-test'
import { TestPanel } from '@/app/(console)/_connection-test/test-panel'
import { discardable } from '@/app/(console)/_form/discardable'
import { MAIL_SERVER_TEST_PATH } from '@/app/paths'
import { PostedFields } from '@/components/account'
import { postedBy, useServerAction } from '@/components/action-form'
import { WithSide } from '@/components/panel'
import { UnansweredNote } from '@/components/unanswered-note'
import { useUnsaved } from '@/components/unsaved'
import { saveAction } from '../actions'
import type { FormState } from './form-data'
import { FormNotes } from './form-notes'
import { FailedTest, type LatestTest, shownTest } from './form-test'
import { PasteHelper } from './paste-helper'
import { type FieldsOfPage, SettingsFields } from './settings-fields'
import { SettingsSaveBar } from './settings-save-bar'
import { testAction } from './test-action'
import { hasOtherValues, useAnswer } from './use-answer'
import { useDestination } from './use-destination'
import { type PasteLabels, usePasted } from './use-pasted'

const UNTOUCHED: FormState = { kind: 'untouched' }

export interface MailServerFormProps extends FieldsOfPage {
  /**
   * Path of the page. Without scripts a posted form carries the place of its first action only, so the answer of the second button
   * would reach no form. With a path instead, the action alone decides which form gets the answer.
   */
  address: string
  version: number
  /** Suggested recipient of the test: the reader's own address. */
  testTo: string
  maySave: boolean
  draft: boolean
  latest: LatestTest | null
  /** Link to the set-up guide, unless this mail server has worked. */
  guide: ReactNode
  /** What the page says first, unless a test has just failed. */
  answer: ReactNode
  /** Notes and figures between the answer and the form. */
  children: ReactNode
  w: PageLabels
  pasteLabels: PasteLabels
}

function useMailServerForm(props: MailServerFormProps) {
  const { stored, address, fields } = props
  const form = useRef<HTMLFormElement>(null)
  const save = useServerAction(saveAction, UNTOUCHED, address)
  const test = useFormTest(MAIL_SERVER_TEST_PATH, testAction, UNTOUCHED, address)
  const [scripted, setScripted] = useState(false)
  useEffect(() => setScripted(true), [])
  const savedAs = `${props.version}${props.draft}`
  const conflict = save.state.kind === 'conflict' ? save.state : null
  const savedFields = conflict?.theirs.fields ?? (save.cameWithPage || test.cameWithPage ? fields : null)
  const { type, moved, follow } = useDestination(form, { stored, fields, savedAs })
  const { changed, look } = useUnsaved(form, {
    savedAs: `${savedAs}${conflict?.version ?? ''}`,
    saved: savedFields && { ...savedFields },
    asks: true,
    pending: save.pending,
  })
  const { keepSecret, ...view } = useAnswer(form, { saved: save.state, test, address, onInput })
  const isUnsaved = changed.length > 0 || props.draft || (!scripted && hasOtherValues(view.answer, fields))
  const isExchange = type === 'exchange-online-oauth2'
  const pasted = usePasted(form, { isExchange, saved: fields, labels: props.pasteLabels, onTidied: onInput })

  function onInput() {
    follow(keepSecret)
    look()
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const data = postedBy(event)
    pasted.clear()
    if (submitter?.id === 'send-test' || !props.maySave) {
      save.clear()
      test.start(data)
    } else if (!save.pending) {
      test.clear()
      save.send(data)
    }
  }

  return { form, save, test, scripted, savedAs, changed, isUnsaved, moved, view, isExchange, pasted, onInput, onSubmit }
}

export const MailServerForm = discardable(function Form(props: MailServerFormProps & { discard: () => void }) {
  const { w, latest } = props
  const page = useMailServerForm(props)
  const { form, save, test, scripted, savedAs, changed, moved, view, isExchange, pasted, onInput, onSubmit } = page
  const { answer, errors, hints } = view
  const { live } = test
  const { ended, result, failed, isCause } = shownTest(test, props)
  return (
    <>
      {!(failed && isCause) && props.answer}
      {failed && (
        <FailedTest
          {...{ live, failed, isCause }}
          w={w.test}
          isNew={ended !== null}
          isNext={changed.length === 0 && isCause}
          guide={props.guide}
          onPress={scripted ? () => test.sendButton.current?.click() : null}
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
        <PostedFields server={props.server} version={answer.kind === 'conflict' ? answer.version : props.version} />
        <WithSide
          side={
            <TestPanel
              test={test}
              w={w.test}
              finished={result}
              lastAt={ended === null ? (latest?.at ?? null) : null}
              testTo={'testTo' in answer ? answer.testTo : props.testTo}
              error={errors.testTo}
              isUnsaved={props.maySave && ended !== null && page.isUnsaved}
            />
          }
        >
          <div className="min-w-0">
            {save.unanswered && <UnansweredNote why={save.unanswered} className="mb-6" />}
            <FormNotes
              {...{ ...view, form, scripted, w, clouds: props.clouds }}
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
              basicAuth={w.basicAuth}
              exchangeChosen={scripted && isExchange}
              paste={scripted && <PasteHelper form={form} onFilled={onInput} page={props} />}
            />
            {props.maySave && (
              <SettingsSaveBar
                {...{ answer, changed, w }}
                isUnsaved={page.isUnsaved}
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
