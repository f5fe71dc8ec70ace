'use client'

import { useActionState, useRef } from 'react'
import { tryAction } from './actions'
import type { TryState } from './form-state'
import type { PolicyWords } from './page-words'
import { TryPanel } from './try-panel'

const UNTOUCHED: TryState = { kind: 'untouched' }

/** The simulator alone, on the saved rules, for those who may not change them. */
export function TryForm({ w }: { w: PolicyWords }) {
  const [tried, attempt, pending] = useActionState(tryAction, UNTOUCHED)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <form action={attempt} noValidate aria-label={w.try.title}>
      <TryPanel tried={tried.kind === 'tried' ? tried : null} draft={false} {...{ pending, button, w }} />
    </form>
  )
}
