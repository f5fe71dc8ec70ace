'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useRef } from 'react'
import { SENDER_TEST_PATH } from '@/app/paths'
import { Note } from '@/components/note'
import { postedBy, useFormToken, useServerAction } from '@/components/server-action'
import type { TestLabels } from '../_connection-test/labels'
import { type Planned, useLiveTest } from '../_connection-test/live-test'
import { TestPanel } from '../_connection-test/test-panel'
import { verifyAction } from './actions'

const PLANNED: Planned = { type: 'exchange-online-oauth2', security: 'starttls', login: 'password' }

/** Sends a real message as one sender, and shows its stages as they end, or without scripts the report. */
export function VerifyForm(props: {
  server: string
  sender: string
  /** Path of the page, by which the answer finds its form without scripts. */
  address: string
  formToken: string
  /** Suggested recipient: the reader's own address. */
  testTo: string
  w: TestLabels
}) {
  const { server, sender, address, formToken, w } = props
  const router = useRouter()
  const token = useFormToken()
  const sendButton = useRef<HTMLButtonElement>(null)
  const { state: answer, action: verify } = useServerAction(verifyAction, { kind: 'untouched' }, address)
  const { live, start, cancel } = useLiveTest(SENDER_TEST_PATH, () => router.refresh())

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = postedBy(event)
    token.put(data)
    token.answered() // each press starts another test, so an old result must not be taken for a new one
    void start(data)
  }

  const validationErrors =
    live.kind === 'invalid' ? live : answer.kind === 'invalid' && live.kind === 'idle' ? answer : null
  return (
    <form action={verify} onSubmit={onSubmit} noValidate aria-label={w.test.title}>
      <input type="hidden" name="server" value={server} />
      <input type="hidden" name="address" value={sender} />
      <input type="hidden" name="formToken" defaultValue={formToken} />
      {answer.kind === 'refused' && live.kind === 'idle' && (
        <Note kind="danger" live="alert" className="mb-4" title={answer.message} />
      )}
      <TestPanel
        {...{ live, planned: PLANNED, sendButton, cancel, w }}
        finished={answer.kind === 'tested' ? answer : null}
        send={verify}
        testTo={'testTo' in answer ? answer.testTo : answer.kind === 'tested' ? answer.to : props.testTo}
        error={validationErrors?.errors.testTo}
      />
    </form>
  )
}
