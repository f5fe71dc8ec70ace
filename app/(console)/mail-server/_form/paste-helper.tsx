'use client'

import { type RefObject, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { fill } from '@/app/(console)/_form/labels'
import { Button } from '@/components/button'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type { Reading } from '@/lib/mail-server/paste'

/** One sentence for each part that was read but not filled in, so that nothing is left out silently. */
function leftOut({ values, unread }: Reading, cloudId: string | undefined, w: PageLabels['paste']): string[] {
  const sentences = unread.flatMap((one) => (one.kind === 'label' ? [] : [fill(w[one.kind], { text: one.text })]))
  if (values.cloud !== undefined && cloudId === undefined) sentences.push(fill(w.cloud, { cloud: values.cloud }))
  const labels = [
    ...(['objectId', 'secretId'] as const).filter((name) => values[name] !== undefined).map((name) => w[name]),
    ...unread.flatMap((one) => (one.kind === 'label' ? [one.label] : [])),
  ]
  if (labels.length > 0) sentences.push(fill(w.unread, { labels: labels.join(', ') }))
  return sentences
}

/** Loaded only when they are needed. */
const readers = () => Promise.all([import('@/lib/mail-server/paste'), import('./tidy-paste')])

/** Fills in the form from pasted set-up output. The text stays in the browser, because its area has no name and is never posted. */
export function PasteHelper({
  form,
  onFilled,
  page: { fields, version, w },
}: {
  form: RefObject<HTMLFormElement | null>
  onFilled: () => void
  page: { fields: MailServerFields; version: number; w: PageLabels }
}) {
  const area = useRef<HTMLTextAreaElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const [message, setMessage] = useState('')

  async function apply(isLeft = false) {
    const [{ readPasted }, { fillIn, findCloud, replacesUnsaved }] = await readers()
    if (!form.current || !area.current) return
    const { values, unread } = readPasted(area.current.value)
    if (isLeft && (!area.current.value.trim() || replacesUnsaved(form.current, values, fields))) return
    const names = fillIn(form.current, values).map((name) => w.form[name])
    const filled = names.length === 0 ? w.paste.nothing : fill(w.paste.filled, { fields: names.join(', ') })
    setMessage([filled, ...leftOut({ values, unread }, findCloud(form.current, values.cloud), w.paste)].join(' '))
    if (names.length > 0) area.current.value = ''
    onFilled()
  }

  function applyBefore({ target }: MouseEvent) {
    if (target !== button.current) void apply(true)
  }

  return (
    <details className="rounded-md border border-line bg-well px-3 py-2 open:pb-3">
      <summary className="text-sm font-[550] text-accent">
        {/* Nothing is saved yet, so the set-up script has probably just been run. */}
        {version === 0 && <span className="font-[400] text-ink">{w.paste.note} </span>}
        <span>{w.paste.title}</span>
      </summary>
      <p className="mt-1.5 mb-3 text-sm text-soft">{w.paste.text}</p>
      <label htmlFor="pasted" className="mb-1 block w-fit text-sm font-[550]">
        {w.paste.label}
      </label>
      <textarea
        ref={area}
        id="pasted"
        rows={5}
        spellCheck={false}
        autoComplete="off"
        // The area has the text only after such an event.
        onPaste={() => setTimeout(apply)}
        onDrop={() => setTimeout(apply)}
        // The next click may save. Before it ends nothing moves, or the button would move away from the pointer.
        onFocus={readers}
        onBlur={() => document.addEventListener('click', applyBefore, { once: true, capture: true })}
        className="control font-mono text-sm"
      />
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <Button ref={button} type="button" onClick={() => apply()} text={w.paste.apply} />
        <p aria-live="polite" className="text-sm text-soft">
          {message}
        </p>
      </div>
    </details>
  )
}
