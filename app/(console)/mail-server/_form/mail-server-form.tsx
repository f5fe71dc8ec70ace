'use client'

import { useRouter } from 'next/navigation'
import { type ClipboardEvent, type FormEvent, useEffect, useRef, useState } from 'react'
import { fieldLabel, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { type Planned, plannedBy, useLiveTest } from '@/app/(console)/_connection-test/live-test'
import { TestPanel } from '@/app/(console)/_connection-test/test-panel'
import { AnswerNote, useAnswerFocus } from '@/app/(console)/_form/answer-note'
import { fill } from '@/app/(console)/_form/labels'
import { MAIL_SERVER_TEST_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { ConfirmFields } from '@/components/confirm-fields'
import { Note } from '@/components/note'
import { SaveBar } from '@/components/save-bar'
import { postedBy, useFormToken, useServerAction } from '@/components/server-action'
import { UnansweredNote } from '@/components/unanswered-note'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import { saveAction, testAction } from '../actions'
import { BasicAuthNote } from './basic-auth-note'
import { ConflictView } from './conflict-view'
import { SettingsFields, type StoredSecret } from './form-fields'
import type { FieldTexts, FormState } from './form-state'
import { PasteHelper } from './paste-helper'
import { putValue } from './put-value'
import { RulesView } from './rules-view'
import type { PasteHint, PasteHints } from './tidy-paste'
import { useUnsaved } from './unsaved'

const UNTOUCHED: FormState = { kind: 'untouched' }

/** Where the stored secret may be sent, as far as a browser can tell; the server decides (lib/mail-server/keepable). */
const DESTINATION = {
  'exchange-online-oauth2': ['cloud', 'tenantId', 'clientId'],
  smtp: ['host', 'port', 'security', 'username'],
} as const
const SECRET_FIELD = { 'exchange-online-oauth2': 'clientSecret', smtp: 'password' } as const

export interface MailServerFormProps {
  /** Id of the mail server. */
  server: string
  /**
   * Of the page. A posted form carries the place of its first action only, so without scripts the second button's answer
   * would find no taker. With an address instead, the action alone decides whose answer it is.
   */
  address: string
  fields: MailServerFields
  version: number
  /** A fresh one-time token; scripts make a new one for each further post. */
  formToken: string
  stored: StoredSecret | null
  undecided: boolean
  /** With Exchange somebody's address is proven, as things are saved. */
  individualPossible: boolean
  /** Where that is done. */
  sendersPath: string
  clouds: readonly { id: string; name: string }[]
  plaintextAllowed: boolean
  /** The page says already that password logins at this host end. */
  basicAuthTold: boolean
  /** Whom to suggest for the test: the reader. */
  testTo: string
  maySave: boolean
  /** The values come from a draft, not from what is saved. */
  draft: boolean
  w: PageLabels
  /** What is said of a pasted value that was tidied. */
  pasteLabels: Readonly<Record<PasteHint, string>>
}

export function MailServerForm(props: MailServerFormProps) {
  const { w, stored, address } = props
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const sendButton = useRef<HTMLButtonElement>(null)
  const saveForm = useServerAction(saveAction, UNTOUCHED, address)
  const { state: saved, pending: saving, unanswered } = saveForm
  const { state: tested, action: test } = useServerAction(testAction, UNTOUCHED, address)
  const testToken = useFormToken()
  const { live, start, cancel, clear } = useLiveTest(MAIL_SERVER_TEST_PATH, () => router.refresh())
  const [scripted, setScripted] = useState(false)
  const [planned, setPlanned] = useState<Planned>(props.fields)
  const [moved, setMoved] = useState(false)
  const wasMoved = useRef(false) // as `moved`, also for a paste that began before the last drawing
  // The answer after which the stored secret was kept again, so that the one it misses is not needed any more.
  const [keptAfter, setKeptAfter] = useState<object | null>(null)
  const [pasted, setPasted] = useState<PasteHints>({})

  // The latest answer of either button; without scripts at most one of them has answered.
  const answer = saved.kind === 'untouched' ? tested : saved
  const fields = 'fields' in answer ? answer.fields : props.fields
  const validationErrors =
    live.kind === 'invalid' ? live : answer.kind === 'invalid' && live.kind === 'idle' ? answer : null
  const isSecretNeeded = keptAfter === null || keptAfter !== validationErrors
  const { [isSecretNeeded ? '' : 'clientSecret']: _, ...errors }: FieldTexts = validationErrors?.errors ?? {}
  const tidied = validationErrors?.tidied
  const infos: FieldTexts = { ...tidied?.hints, ...labelsOf(pasted, props.pasteLabels) }
  const version = answer.kind === 'conflict' ? answer.version : props.version
  const { dirty, look } = useUnsaved(form, `${props.version}${props.draft}`, w.form.leave)

  useEffect(() => setScripted(true), [])

  const errorCount = Object.keys(errors).length
  const isTidied = tidied !== undefined && errorCount === 0
  useAnswerFocus(tidied, isTidied)

  // What was saved, or drafted, is what the page now shows; nothing of an earlier try still holds.
  // biome-ignore lint/correctness/useExhaustiveDependencies: where the fields came from is what changed
  useEffect(() => {
    wasMoved.current = false
    setMoved(false)
    setPlanned(props.fields)
  }, [props.version, props.draft])

  // A draft that was saved is none: its address would make one again of the next password login.
  useEffect(() => {
    if (saved.kind === 'saved' && location.search.includes('draft=')) history.replaceState(null, '', address)
  }, [saved, address])

  useAnswerFocus(answer, answer.kind === 'conflict' || answer.kind === 'refused' || answer.kind === 'rules')

  // A field that somebody has typed into does not follow its default value.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    if (!validationErrors || !form.current) return
    for (const [name, value] of Object.entries(validationErrors.tidied?.values ?? {}))
      putValue(form.current, name, value)
    if (validationErrors.tidied) onInput()
    form.current.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [validationErrors])

  function onInput() {
    look()
    if (!form.current) return
    const data = new FormData(form.current)
    const now = plannedBy(data)
    const { type } = now
    setPlanned(now)
    if (stored?.type !== type) return setMoved(false)
    const same = (name: (typeof DESTINATION)[typeof type][number]) =>
      String(data.get(name) ?? '')
        .trim()
        .toLowerCase() === String(props.fields[name]).toLowerCase()
    const gone = !DESTINATION[type].every(same)
    if (gone && !wasMoved.current) chooseSecret(form.current, 'replace')
    // The destination is the stored one again, for example because swapped IDs were switched back.
    if (!gone && wasMoved.current && data.get(SECRET_FIELD[type]) === '') {
      chooseSecret(form.current, 'keep')
      setKeptAfter(validationErrors)
    }
    wasMoved.current = gone
    setMoved(gone)
  }

  async function onPaste({ target, clipboardData }: ClipboardEvent) {
    if (!(target instanceof HTMLInputElement) || planned.type !== 'exchange-online-oauth2') return
    const { name, value: before } = target
    const text = clipboardData.getData('text')
    const inserted = new Promise((resolve) => setTimeout(resolve)) // the field has the text only after this event
    // Offline it cannot be fetched; the answer of the server then tidies the values.
    const [tidy] = await Promise.all([import('./tidy-paste').catch(() => null), inserted])
    if (!tidy?.isPasteField(name) || !form.current) return
    const hints = tidy.tidyPaste(form.current, name, { text, before, saved: props.fields })
    setPasted(({ [name]: _, ...others }) => ({ ...others, ...hints }))
    onInput()
  }

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { submitter } = event.nativeEvent as SubmitEvent
    const data = postedBy(event)
    setPasted({})
    if (submitter?.id === 'send-test' || !props.maySave) {
      saveForm.clear()
      testToken.put(data)
      testToken.answered() // each press is a test of its own: an old result would pass for a new one
      void start(data)
    } else if (!saving) {
      clear()
      saveForm.send(data)
    }
  }

  const finished = tested.kind === 'tested' ? { report: tested.report, transcript: tested.transcript, to: '' } : null
  const ended = live.kind === 'finished' || (live.kind === 'idle' && finished !== null)
  // A save ends what the panel showed, so a test that is shown beside "saved" is one of the saved values.
  const verified = live.kind === 'finished' && live.report.outcome === 'accepted'
  const validationText =
    live.kind === 'invalid' || answer === tested
      ? { one: w.form.testErrorTitle, several: w.form.testErrorsTitle, tidied: w.form.testTidiedTitle }
      : { one: w.form.errorTitle, several: w.form.errorsTitle, tidied: w.form.tidiedTitle }
  const confirm = answer.kind === 'refused' ? answer.confirm : undefined

  return (
    <form
      ref={form}
      action={saveForm.action}
      onSubmit={onSubmit}
      onInput={onInput}
      onPaste={onPaste}
      onReset={() => setTimeout(onInput)}
      noValidate
      aria-label={w.form.name}
      className="mb-10 grid gap-x-12 xl:grid-cols-[minmax(0,1fr)_27rem]"
    >
      <input type="hidden" name="server" value={props.server} />
      <input type="hidden" name="version" value={version} />
      <input type="hidden" name="formToken" defaultValue={props.formToken} />
      <div className="min-w-0">
        {unanswered && <UnansweredNote why={unanswered} className="mb-6" />}
        {isTidied && <AnswerNote kind="info" title={validationText.tidied} />}
        {answer.kind === 'conflict' && (
          <ConflictView form={form} yours={answer.fields} theirs={answer.theirs} onChosen={onInput} w={w} />
        )}
        {answer.kind === 'rules' && <RulesView affected={answer.affected} w={w} />}
        {errorCount > 0 && (
          <Note
            kind="danger"
            live="alert"
            className="mb-6"
            title={fill(errorCount === 1 ? validationText.one : validationText.several, { count: errorCount })}
          >
            <ul>
              {Object.entries(errors).map(([name, message]) => (
                <li key={name}>
                  <a href={`#${name}`} className="prose-link">
                    {[fieldLabel(name, w), message].filter(Boolean).join(': ')}
                  </a>
                </li>
              ))}
            </ul>
          </Note>
        )}
        {answer.kind === 'refused' &&
          (answer.confirm ? (
            <div className="mb-6">
              <ConfirmFields asked={answer.confirm}>
                {answer.replacing && !scripted && <p className="mb-3 text-sm text-soft">{w.form.secretAgain}</p>}
                <Button kind="primary" pending={saving}>
                  {saving ? w.form.saving : w.form.confirmSave}
                </Button>
              </ConfirmFields>
            </div>
          ) : (
            <AnswerNote kind="danger" title={answer.message} />
          ))}
        {answer.kind === 'tested' && answer.fields.type === 'exchange-online-oauth2' && (
          <Note kind="info" className="mb-6">
            {w.form.secretOfTest}
          </Note>
        )}
        {!props.maySave && (
          <Note kind="info" className="mb-6">
            {w.form.operatorNote}
          </Note>
        )}
        <SettingsFields
          key={`${props.version}${props.draft}`}
          {...{ fields, errors, infos, stored, moved, w: w.form }}
          replacing={'replacing' in answer && answer.replacing}
          undecided={props.undecided}
          individualPossible={props.individualPossible}
          sendersPath={props.sendersPath}
          clouds={props.clouds}
          plaintextAllowed={props.plaintextAllowed}
          hostNote={!props.basicAuthTold && <BasicAuthNote w={w.basicAuth} />}
          exchangeChosen={scripted && planned.type === 'exchange-online-oauth2'}
          paste={scripted && <PasteHelper form={form} onFilled={onInput} w={w} />}
        />
        {props.maySave && (
          <SaveBar
            save={
              !confirm && (
                <Button kind="primary" pending={saving}>
                  {saving ? w.form.saving : w.form.save}
                </Button>
              )
            }
            unsaved={dirty ? w.form.unsaved : null}
            discard={
              <Button type="reset" kind="quiet" className="max-sm:px-2">
                {w.form.discard}
              </Button>
            }
          >
            {answer.kind === 'unchanged' && !dirty && w.form.unchanged}
            {answer.kind === 'saved' && answer.version === props.version && !dirty && !props.draft && (
              <>
                <span className="font-[600] text-good">{fill(w.form.saved, { version: answer.version })}</span>{' '}
                {!verified && w.form.savedHint}
              </>
            )}
          </SaveBar>
        )}
      </div>
      {/* Beside the fields while it is short; a finished report is read by scrolling the page, not a box in it. */}
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

const labelsOf = (pasted: PasteHints, words: MailServerFormProps['pasteLabels']): FieldTexts =>
  Object.fromEntries(Object.entries(pasted).map(([name, { key, params = {} }]) => [name, fill(words[key], params)]))

/** A stored secret cannot go to another destination, so there it is typed. */
function chooseSecret(form: HTMLFormElement, choice: 'keep' | 'replace'): void {
  for (const radio of form.querySelectorAll<HTMLInputElement>(`[type="radio"][value="${choice}"]`)) radio.checked = true
}
