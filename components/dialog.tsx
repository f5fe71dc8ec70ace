'use client'

import { type MouseEvent, type ReactNode, useId, useRef } from 'react'
import type { ButtonKind } from './button'
import { Icon } from './icon'

/**
 * Asks before what cannot be undone. The trigger is a link to a page with the same form, which is where it leads without scripts;
 * with them the form opens here, and the focus returns to the trigger when it closes.
 *
 * @param props.trigger `label` may be longer for screen readers than the visible `text`, and has to contain it.
 * @param props.close Name of the button that closes it.
 */
export function Dialog(props: {
  id: string
  title: string
  trigger: { text: ReactNode; label?: string; href: string; kind?: ButtonKind; className?: string }
  close: string
  children: ReactNode
}) {
  const { text, label, href, kind = 'secondary', className = '' } = props.trigger
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()

  function open(event: MouseEvent) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    dialog.current?.showModal()
  }
  return (
    <>
      <a
        href={href}
        aria-label={label}
        aria-haspopup="dialog"
        onClick={open}
        className={`button button-${kind} ${className}`}
      >
        {text}
      </a>
      <dialog
        ref={dialog}
        id={props.id}
        aria-labelledby={heading}
        className="dialog m-auto w-[32rem] max-w-[calc(100vw-2rem)] rounded-xl border border-edge bg-raised p-5 text-ink shadow-3"
      >
        <div className="mb-3 flex items-start justify-between gap-3">
          <h2 id={heading} className="text-lg font-[620] tracking-[-0.01em]">
            {props.title}
          </h2>
          <button
            type="button"
            aria-label={props.close}
            onClick={() => dialog.current?.close()}
            className="-mt-1 -mr-1 grid size-8 shrink-0 place-items-center rounded-md text-faint hover:bg-well hover:text-ink"
          >
            <Icon name="cross" className="size-4" />
          </button>
        </div>
        {props.children}
      </dialog>
    </>
  )
}
