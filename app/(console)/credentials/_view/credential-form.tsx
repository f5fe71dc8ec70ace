'use client'

import { useSearchParams } from 'next/navigation'
import type { ReactNode } from 'react'
import { Refusal } from '@/app/_form/form-input'
import { type Outcome, seenIn, UNTOUCHED } from '@/app/_form/outcome'
import { OutcomeNote } from '@/app/_form/outcome-note'
import { ActionForm, useServerAction } from '@/components/action-form'
import { Button, type ButtonKind } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { WithConfirmation } from '@/components/confirm-fields'
import { usePartTexts } from '@/components/part-texts'
import { Named } from '@/components/text'
import type { Answer } from '@/lib/access/signed-out'

/**
 * Collapses the form under a summary. It opens automatically to show the outcome, even without scripts. One of the folds with
 * the same `group` is open at a time; as a `card` it looks like a choice, and its intro is part of the summary.
 */
interface Folded {
  title: string
  intro?: ReactNode
  badge?: { tone: 'good' | 'warn'; text: string }
  group?: string
  card?: boolean
  open?: boolean
}

/**
 * One step with its fields and its button. With scripts, typed text (even a secret) stays in the form until the step is done.
 * Without scripts, the fields of `form-input.tsx` show it again, but the server never sends a secret back.
 */
export function CredentialForm(props: {
  action: (before: Outcome, form: FormData) => Promise<Answer<Outcome>>
  hidden?: Record<string, string | number>
  /** `about` names the object of the button for screen readers, if the page has several buttons of the same name. */
  submit: string | { label: string; kind?: ButtonKind; about?: string }
  fold?: Folded
  /** Asks before the page is left with what was typed. Only for a form that is gone once its step is done. */
  guarded?: boolean
  children?: ReactNode
}) {
  const sending = useServerAction(props.action, UNTOUCHED)
  const { state: outcome, pending } = sending
  // While several credentials are replaced one after the other, the page after this step has to know them too.
  const chosen = useSearchParams().get('chosen')
  const texts = usePartTexts()
  const { fold, submit } = props
  const { kind = 'secondary', label, about } = typeof submit === 'string' ? { label: submit } : submit
  const form = (
    <ActionForm
      call={sending}
      keeps
      leads
      guarded={props.guarded ?? false}
      className="grid max-w-[30rem] gap-3"
      hidden={{ ...seenIn(props.hidden ?? {}, outcome), ...(chosen && { chosen }) }}
    >
      <Refusal value={outcome.kind === 'refused' ? outcome : {}}>{props.children}</Refusal>
      <WithConfirmation confirmation={outcome.kind === 'refused' ? outcome.confirm : null}>
        <Button kind={kind} pending={pending} text={<Named text={pending ? texts.pending : label} of={about} />} />
      </WithConfirmation>
      <OutcomeNote outcome={outcome}>
        {outcome.kind === 'refused' && outcome.commands && (
          <div className="mt-2">
            <CodeBlock text={outcome.commands.join('\n')} />
          </div>
        )}
      </OutcomeNote>
    </ActionForm>
  )
  return fold ? <Fold {...fold} open={outcome.kind !== 'untouched' || fold.open || undefined} form={form} /> : form
}

function Fold({ open, form, ...fold }: Folded & { form: ReactNode }) {
  if (fold.card)
    return (
      <details
        name={fold.group}
        open={open}
        className="group rounded-lg border border-edge bg-raised shadow-1 open:border-accent"
      >
        <summary className="grid list-none grid-cols-[1rem_minmax(0,1fr)] gap-x-3 px-4 py-3 [&::-webkit-details-marker]:hidden">
          {/* It fills like that of a radio button. */}
          <span
            aria-hidden="true"
            className="mt-1 size-4 rounded-full border border-control group-open:border-5 group-open:border-accent"
          />
          <span>
            <span className="mr-2 font-[600]">{fold.title}</span>{' '}
            {fold.badge && (
              <span className={`inline-block text-sm ${fold.badge.tone === 'good' ? 'text-good' : 'text-warn'}`}>
                {fold.badge.text}
              </span>
            )}
            <span className="block text-sm text-soft">{fold.intro}</span>
          </span>
        </summary>
        <div className="px-4 pb-4 sm:pl-11">{form}</div>
      </details>
    )
  return (
    <details open={open} className="py-2">
      <summary className="py-1 font-[550]">{fold.title}</summary>
      {fold.intro && <div className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">{fold.intro}</div>}
      {form}
    </details>
  )
}
