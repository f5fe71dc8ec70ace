'use client'

import type { ComponentProps, MouseEvent, ReactNode, RefObject } from 'react'
import { useEffect, useId, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import type { ButtonKind } from './button'
import { Icon } from './icon'
import { usePartTexts } from './part-texts'

/**
 * Asks before what cannot be undone. The trigger is a link to a page with the same form, which is where it leads without scripts,
 * or a button that posts the form around it, whose action then leads to such a page; with scripts the form opens here, and the focus returns to the trigger when it closes, or to the button of the menu that holds it. It
 * closes when the server renders the page again, since its form has then been answered.
 *
 * @param props.trigger.kind `menu` for an item of a `Menu`.
 * @param props.trigger `label` may be longer for screen readers than the visible `text`, and has to contain it.
 */
export function Dialog(props: {
  id: string
  title: string
  trigger: { text: ReactNode; label?: string; kind?: ButtonKind | 'menu'; className?: string } & (
    | { href: string }
    | { name: string; value: string }
  )
  children: ReactNode
}) {
  const { text, label, kind = 'secondary', className = '', ...leads } = props.trigger
  const dialog = useRef<HTMLDialogElement>(null)
  const trigger = useRef<HTMLElement>(null)
  // Outside the page: a menu that closes would take along what is in it.
  const [place, setPlace] = useState<HTMLElement | null>(null)
  useEffect(() => setPlace(document.body), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new content is the reason to close
  useEffect(() => dialog.current?.close(), [props.children])

  function open(event: MouseEvent) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    dialog.current?.showModal()
  }

  function onClose() {
    const menu = trigger.current?.closest('[popover]')?.id
    if (menu) document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(menu)}"]`)?.focus()
  }

  const Trigger = 'href' in leads ? 'a' : 'button'
  return (
    <>
      <Trigger
        {...(leads as object)}
        ref={trigger as RefObject<null>}
        aria-label={label}
        aria-haspopup="dialog"
        onClick={open}
        className={kind === 'menu' ? 'menu-item' : `button button-${kind} ${className}`}
      >
        {text}
      </Trigger>
      {place &&
        createPortal(
          <DialogBox ref={dialog} onClose={onClose} id={props.id} title={props.title}>
            {props.children}
          </DialogBox>,
          place,
        )}
    </>
  )
}

/** The dialog under its title, with a button that closes it. The style guide shows it open. */
export function DialogBox({ title, children, ...dialog }: ComponentProps<'dialog'> & { title: string }) {
  const heading = useId()
  const { close } = usePartTexts()
  return (
    <dialog
      {...dialog}
      aria-labelledby={heading}
      className="dialog m-auto w-[32rem] max-w-[calc(100vw-2rem)] rounded-xl border border-edge bg-raised p-5 text-ink shadow-3"
    >
      <div className="mb-3 flex items-start justify-between gap-3">
        <h2 id={heading} className="text-lg font-[620] tracking-[-0.01em]">
          {title}
        </h2>
        <button
          type="button"
          aria-label={close}
          onClick={(event) => event.currentTarget.closest('dialog')?.close()}
          className="-mt-1 -mr-1 grid size-8 shrink-0 place-items-center rounded-md max-sm:size-10 text-faint hover:bg-well hover:text-ink"
        >
          <Icon name="cross" className="size-4" />
        </button>
      </div>
      {children}
    </dialog>
  )
}
