'use client'

import type { FormEvent, ReactNode } from 'react'
import { SENDER_TEST_PATH } from '@/app/paths'
import { PostedFields } from '@/components/account'
import { postedBy } from '@/components/action-form'
import { Note } from '@/components/note'
import { WithSide } from '@/components/panel'
import type { TestLabels } from '../_connection-test/labels'
import { useFormTest } from '../_connection-test/live-test'
import { FailedReport, isFailed } from '../_connection-test/report-view'
import { Result, TestPanel } from '../_connection-test/test-panel'
import { verifyAction } from './actions'
import type { VerifyState } from './submit-verify'

function typedTestTo(answer: VerifyState): string | null {
  if (answer.kind === 'untouched') return null
  return answer.kind === 'tested' ? answer.to : answer.testTo
}

/** Sends a real message as one sender, and shows its steps as they end, or without scripts the report. A failure has the full width. */
export function VerifyForm(props: {
  server: string
  sender: string
  /** Path of the page, by which the answer finds its form without scripts. */
  address: string
  /** Suggested recipient: the reader's own address. */
  testTo: string
  /** The commands for Exchange, left out while a failed test gives its own. */
  permission: ReactNode
  /** The parts of the page below the form, and next to it. */
  children: ReactNode
  side: ReactNode
  w: TestLabels
}) {
  const { server, sender, address, w } = props
  const test = useFormTest<VerifyState>(SENDER_TEST_PATH, verifyAction, { kind: 'untouched' }, address)
  const { state: answer, live } = test

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    test.start(postedBy(event))
  }

  const newest = live.kind === 'idle' ? answer : live
  const ended = newest.kind === 'finished' || newest.kind === 'tested' ? newest : null
  const failed = ended && isFailed(ended) ? ended : null
  return (
    <>
      {failed && (
        <Result of={failed} isNew isLate={live.kind === 'finished' && live.late} w={w}>
          <FailedReport failed={failed} isAnswer={false} w={w} />
        </Result>
      )}
      <WithSide side={props.side}>
        <form action={test.send} onSubmit={onSubmit} noValidate aria-label={w.title}>
          <PostedFields server={server} address={sender} />
          {answer.kind === 'refused' && live.kind === 'idle' && (
            <Note kind="danger" live="alert" className="mb-4" title={answer.message} />
          )}
          <TestPanel
            test={test}
            w={w}
            finished={ended}
            lastAt={null}
            testTo={typedTestTo(answer) ?? props.testTo}
            error={newest.kind === 'invalid' ? newest.errors.testTo : undefined}
          />
        </form>
        {!failed?.report.diagnosis.commands.length && props.permission}
        {props.children}
      </WithSide>
    </>
  )
}
