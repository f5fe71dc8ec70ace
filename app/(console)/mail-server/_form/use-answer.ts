'use client'

import { type RefObject, useEffect, useState } from 'react'
import { useAnswerFocus } from '@/app/_form/answer-note'
import type { LiveTest } from '@/app/(console)/_connection-test/live-test'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { FieldTexts, FormState } from './form-data'
import { putValue } from './put-value'

/** Whether the answer came with other values than the saved ones. Without scripts nothing else knows. */
export const hasOtherValues = (answer: FormState, saved: MailServerFields): boolean =>
  'fields' in answer &&
  (answer.replacing ||
    (Object.keys(saved) as (keyof MailServerFields)[]).some((name) => answer.fields[name] !== saved[name]))

/** What the form shows because of the latest answer: of a save, of a test without scripts, or of a live test. */
export function useAnswer(
  form: RefObject<HTMLFormElement | null>,
  props: { saved: FormState; test: { state: FormState; live: LiveTest }; address: string; onInput: () => void },
) {
  const { saved, address, onInput } = props
  const { state: tested, live } = props.test
  // The answer after which the stored secret was kept again, so that its missing secret is no error any more.
  const [keptAfter, setKeptAfter] = useState<object | null>(null)

  // Without scripts at most one of the buttons has answered.
  const answer = saved.kind === 'untouched' ? tested : saved
  const newest = live.kind === 'idle' ? answer : live
  const invalid = newest.kind === 'invalid' ? newest : null
  const isSecretNeeded = keptAfter === null || keptAfter !== invalid
  const { [isSecretNeeded ? '' : 'clientSecret']: _, ...errors }: FieldTexts = invalid?.errors ?? {}
  const tidied = invalid?.tidied
  const isTidied = tidied !== undefined && Object.keys(errors).length === 0
  useAnswerFocus(tidied, isTidied)

  useEffect(() => {
    if (saved.kind !== 'saved') return
    // A save makes new fields, so the one in which Enter was pressed has lost the focus.
    if (document.activeElement === document.body)
      form.current?.querySelector<HTMLElement>('.save-bar [type="submit"]')?.focus({ preventScroll: true })
    // The address of a draft that was saved would turn the next password login into a draft again.
    if (location.search.includes('draft=')) history.replaceState(null, '', address)
  }, [form, saved, address])

  useAnswerFocus(answer, answer.kind === 'conflict' || answer.kind === 'refused' || answer.kind === 'rules')

  // A field into which someone has typed does not follow its default value.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    if (!invalid || !form.current) return
    for (const [name, value] of Object.entries(invalid.tidied?.values ?? {})) putValue(form.current, name, value)
    if (invalid.tidied) onInput()
    form.current.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [invalid])

  return {
    answer,
    errors,
    isTidied,
    hints: tidied?.hints ?? {},
    isOfTest: live.kind === 'invalid' || answer === tested,
    keepSecret: () => setKeptAfter(invalid),
  }
}
