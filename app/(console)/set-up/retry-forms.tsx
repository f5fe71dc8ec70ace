'use client'

import { ActionForm } from '@/components/action-form'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { useServerAction } from '@/components/server-action'
import { cancelRetryAction, startRetryAction } from './actions'
import type { RetryState } from './retry-state'

const UNTOUCHED: RetryState = { kind: 'untouched' }

export function StartRetry(props: {
  server: string
  testTo: string
  labels: { to: string; start: string; starting: string }
}) {
  const starting = useServerAction(startRetryAction, UNTOUCHED)
  const { state: answer, pending } = starting
  const { labels } = props
  return (
    <ActionForm of={starting} className="grid max-w-[28rem] gap-3">
      <input type="hidden" name="server" value={props.server} />
      <TextInput
        name="testTo"
        label={labels.to}
        type="email"
        inputMode="email"
        autoComplete="email"
        defaultValue={props.testTo}
        error={answer.kind === 'refused' ? answer.message : undefined}
      />
      <Button kind="secondary" pending={pending} className="w-fit">
        {pending ? labels.starting : labels.start}
      </Button>
    </ActionForm>
  )
}

export function CancelRetry({ server, label }: { server: string; label: string }) {
  const cancelling = useServerAction(cancelRetryAction, UNTOUCHED)
  const { state: answer, pending } = cancelling
  return (
    <ActionForm of={cancelling}>
      <input type="hidden" name="server" value={server} />
      <Button kind="secondary" pending={pending}>
        {label}
      </Button>
      {answer.kind === 'refused' && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {answer.message}
        </p>
      )}
    </ActionForm>
  )
}
