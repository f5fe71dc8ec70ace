'use client'

import { useEffect, useId } from 'react'
import type { DatabaseCause } from '@/lib/db/outage'
import { unanswered as german } from '@/messages/de/browser.json'
import { unanswered as english } from '@/messages/en/browser.json'
import { Note } from './note'
import { useSignedInAgain } from './session-watch'

/**
 * Why a form has no answer. `silent`: the console could not be reached, or its answer was cut off. `outdated`: the page comes from an
 * earlier build. `away`, `full`, `memory`, `connections`: the database does not answer, its disk is full, or it has no memory or connection
 * left. `broken`: a fault of the console, with its number in the log. `refused`: the request reached no action, and the console said why.
 */
export type Unanswered =
  | { kind: 'offline' | 'silent' | 'outdated' | 'signed-out' | DatabaseCause }
  | { kind: 'broken'; number: string }
  | { kind: 'refused'; sentence: string }

/** Says why a form has no answer. It carries its own texts, because it cannot ask the server for them. */
export function UnansweredNote({ why, className }: { why: Unanswered; className?: string }) {
  const id = useId()
  const t = document.documentElement.lang === 'de' ? german : english
  const isBack = useSignedInAgain(why.kind === 'signed-out')

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each missing answer
  useEffect(() => {
    document.getElementById(id)?.scrollIntoView({ block: 'nearest' })
  }, [id, why])

  const common = { id, className: className ?? '' }
  if (isBack)
    return (
      <Note {...common} kind="success" live="status" title={t.signedInTitle}>
        {t.signedIn}
      </Note>
    )
  const key = why.kind === 'signed-out' ? 'signedOut' : why.kind
  return (
    <Note
      {...common}
      kind="danger"
      live="alert"
      title={t[`${key}Title`]}
      action={
        why.kind === 'signed-out' && (
          <a href="/sign-in" target="_blank" rel="noreferrer" className="button button-secondary">
            {t.signIn}
          </a>
        )
      }
    >
      {why.kind === 'refused' && why.sentence}
      {key !== 'refused' && t[key]} {why.kind === 'broken' && <code className="font-mono">{why.number}</code>}
    </Note>
  )
}
