'use client'

import { type ClipboardEvent, type RefObject, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { FieldTexts } from './form-data'
import type { PasteHint, PasteHints } from './tidy-paste'

export type PasteLabels = Readonly<Record<PasteHint, string>>

/** Tidies a value that is pasted into a field of Exchange Online, and says at the field what was done. */
export function usePasted(
  form: RefObject<HTMLFormElement | null>,
  options: { isExchange: boolean; saved: MailServerFields; labels: PasteLabels; onTidied: () => void },
) {
  const [hints, setHints] = useState<PasteHints>({})

  async function onPaste({ target, clipboardData }: ClipboardEvent) {
    if (!(target instanceof HTMLInputElement) || !options.isExchange) return
    const { name, value: before } = target
    const text = clipboardData.getData('text')
    const inserted = new Promise((resolve) => setTimeout(resolve)) // the field has the text only after this event
    // Without a connection it cannot be fetched; then the server tidies the values.
    const [tidy] = await Promise.all([import('./tidy-paste').catch(() => null), inserted])
    if (!tidy?.isPasteField(name) || !form.current) return
    const added = tidy.tidyPaste(form.current, name, { text, before, saved: options.saved })
    setHints(({ [name]: _, ...rest }) => ({ ...rest, ...added }))
    options.onTidied()
  }

  return { infos: textsOf(hints, options.labels), onPaste, clear: () => setHints({}) }
}

const textsOf = (hints: PasteHints, labels: PasteLabels): FieldTexts =>
  Object.fromEntries(Object.entries(hints).map(([name, { key, params = {} }]) => [name, fill(labels[key], params)]))
