'use client'

import { useEffect, useId, useState } from 'react'
import { Icon } from './icon'
import { usePartTexts } from './part-texts'

const SHOWN_MS = 2000

/**
 * Appears only where scripts run; without them the text next to it can be selected. Its place is there from the first, so that no text moves.
 * Where "Copy" alone does not say what is copied, it has a label, or for screen readers the id of the title above the text.
 */
export function CopyButton(props: { text: string; label?: string | undefined; titleId?: string | undefined }) {
  const { text, label, titleId } = props
  const texts = usePartTexts()
  const id = useId()
  const [able, setAble] = useState(false)
  const [outcome, setOutcome] = useState<'copied' | 'notCopied' | null>(null)
  useEffect(() => setAble('clipboard' in navigator), [])
  useEffect(() => {
    if (outcome !== 'copied') return // what to do instead has to be read
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const write = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('notCopied'), // browsers and their extensions can refuse it
    )
  return (
    <>
      <button
        type="button"
        onClick={write}
        aria-labelledby={titleId && `${id} ${titleId}`}
        className={`${able ? '' : 'invisible'} no-print noscript:hidden flex min-h-8 max-sm:min-h-10 shrink-0 items-center gap-1.5 rounded-md px-2 text-xs font-[550] text-accent hover:bg-accent-wash`}
      >
        <Icon name={outcome === 'copied' ? 'check' : 'copy'} className="size-4" />
        <span id={id} className={outcome ? 'sr-only' : undefined}>
          {label ?? texts.copy}
        </span>
        {outcome && <span aria-hidden="true">{texts[outcome]}</span>}
      </button>
      {/* Outside of the button, whose name screen readers would say again each time it changes. */}
      <span aria-live="polite" className="sr-only">
        {outcome && texts[outcome]}
      </span>
    </>
  )
}
