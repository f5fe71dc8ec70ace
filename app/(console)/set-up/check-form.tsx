'use client'

import { Fragment, useEffect, useRef } from 'react'
import { testReportPath } from '@/app/paths'
import { ActionForm, useServerAction } from '@/components/action-form'
import { answerKey } from '@/components/answer-key'
import { Button, type ButtonKind } from '@/components/button'
import { TextLink } from '@/components/text'
import { checkAction } from './actions'

const UNTOUCHED = { kind: 'untouched' } as const

/**
 * Tests the saved settings once; the marks of the steps follow. A failure opens its step and adds a note, which moves the button, and the
 * answer below it, out of the window: they are scrolled into it again.
 */
export function CheckForm(props: {
  server: string
  kind: ButtonKind
  labels: { check: string; running: string; open: string; hint: string }
}) {
  const checking = useServerAction(checkAction, UNTOUCHED)
  const { state: answer, pending } = checking
  const { labels } = props
  const result = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (answer !== UNTOUCHED) result.current?.scrollIntoView({ block: 'nearest' })
  }, [answer])
  return (
    <ActionForm call={checking} hidden={{ server: props.server }} className="max-w-72 sm:text-right">
      <Button kind={props.kind} pending={pending} text={pending ? labels.running : labels.check} />
      <div ref={result}>
        {/* With Chromium only its link would be said otherwise. */}
        <p aria-live="polite" aria-atomic="true" className="mt-1 text-xs text-soft">
          <Fragment key={answerKey(answer)}>
            {answer.kind === 'done' ? answer.message : labels.hint}{' '}
            {answer.kind === 'done' && <TextLink href={testReportPath(answer.testId)}>{labels.open}</TextLink>}
          </Fragment>
        </p>
        {answer.kind === 'refused' && (
          <p key={answerKey(answer)} role="alert" className="mt-1 text-sm text-bad">
            {answer.message}
          </p>
        )}
      </div>
    </ActionForm>
  )
}
