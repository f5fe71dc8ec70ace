'use client'

import { testReportPath } from '@/app/paths'
import { ActionForm, useServerAction } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { TextLink } from '@/components/text'
import { cancelRetryAction, checkAction, startRetryAction, type TestState } from './actions'

const UNTOUCHED: TestState = { kind: 'untouched' }

/** Tests the saved settings once; the marks of the steps follow. */
export function CheckForm(props: {
  server: string
  labels: { check: string; running: string; open: string; hint: string }
}) {
  const checking = useServerAction(checkAction, UNTOUCHED)
  const { state: answer, pending } = checking
  const { labels } = props
  return (
    <ActionForm of={checking} className="max-w-72 sm:text-right">
      <input type="hidden" name="server" value={props.server} />
      <Button pending={pending}>{pending ? labels.running : labels.check}</Button>
      <p role="status" className="mt-1 text-xs text-soft">
        {answer.kind === 'done' ? answer.message : labels.hint}{' '}
        {answer.kind === 'done' && answer.testId && (
          <TextLink href={testReportPath(answer.testId)}>{labels.open}</TextLink>
        )}
      </p>
      <Refusal answer={answer} />
    </ActionForm>
  )
}

export function StartRetry(props: {
  server: string
  testTo: string
  labels: { to: string; start: string; starting: string }
}) {
  const starting = useServerAction(startRetryAction, UNTOUCHED)
  const { state: answer, pending } = starting
  const { labels } = props
  return (
    <ActionForm of={starting} className="flex max-w-[34rem] flex-wrap items-end gap-3">
      <input type="hidden" name="server" value={props.server} />
      <TextInput
        name="testTo"
        label={labels.to}
        type="email"
        inputMode="email"
        autoComplete="email"
        defaultValue={props.testTo}
        error={answer.kind === 'refused' ? answer.message : undefined}
        className="min-w-52 flex-1"
      />
      <Button pending={pending}>{pending ? labels.starting : labels.start}</Button>
    </ActionForm>
  )
}

export function CancelRetry({ server, label }: { server: string; label: string }) {
  const cancelling = useServerAction(cancelRetryAction, UNTOUCHED)
  const { state: answer, pending } = cancelling
  return (
    <ActionForm of={cancelling}>
      <input type="hidden" name="server" value={server} />
      <Button pending={pending}>{label}</Button>
      <Refusal answer={answer} />
    </ActionForm>
  )
}

const Refusal = ({ answer }: { answer: TestState }) =>
  answer.kind === 'refused' && (
    <p role="alert" className="mt-1 text-sm text-bad">
      {answer.message}
    </p>
  )
