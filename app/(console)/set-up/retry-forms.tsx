'use client'

import { useActionState } from 'react'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { cancelRetryAction, startRetryAction } from './actions'
import type { RetryState } from './retry-state'

const UNTOUCHED: RetryState = { kind: 'untouched' }

export function StartRetry(props: {
  server: string
  testTo: string
  words: { to: string; start: string; starting: string }
}) {
  const [answer, start, pending] = useActionState(startRetryAction, UNTOUCHED)
  const { words } = props
  return (
    <form action={start} className="grid max-w-[28rem] gap-3">
      <input type="hidden" name="server" value={props.server} />
      <TextInput
        name="testTo"
        label={words.to}
        type="email"
        inputMode="email"
        autoComplete="email"
        defaultValue={props.testTo}
        error={answer.kind === 'refused' ? answer.message : undefined}
      />
      <Button kind="secondary" pending={pending} className="w-fit">
        {pending ? words.starting : words.start}
      </Button>
    </form>
  )
}

export function CancelRetry({ server, label }: { server: string; label: string }) {
  const [answer, cancel, pending] = useActionState(cancelRetryAction, UNTOUCHED)
  return (
    <form action={cancel}>
      <input type="hidden" name="server" value={server} />
      <Button kind="secondary" pending={pending}>
        {label}
      </Button>
      {answer.kind === 'refused' && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {answer.message}
        </p>
      )}
    </form>
  )
}
