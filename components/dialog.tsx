'use client'

import {
  type ComponentProps,
  type KeyboardEvent,
  type MouseEvent,
  type ToggleEvent,
  useEffect,
  useId,
  useRef,
} from 'react'
import { Icon } from './icon'
import { usePartTexts } from './part-texts'

/**
 * Asks before what cannot be undone. A button opens it that has its id as `popoverTarget`, with scripts or without, and so does an address that
 * ends in its id. The browser closes it at Escape and at a press outside of it. It also closes when the server renders the page again after a
 * button in it has sent a form, which is then answered, or for another address. When a page is only read again, it stays.
 */
export function Dialog({ title, children, ...native }: ComponentProps<'dialog'> & { id: string; title: string }) {
  const { id } = native
  const heading = useId()
  const { close } = usePartTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  /** For which it is open, or empty once its form is sent. Null before scripts run, when the browser may have opened it. */
  const address = useRef<string | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new content is the reason to close
  useEffect(() => {
    address.current ??= location.href
    if (address.current === location.href || !dialog.current?.matches(':popover-open')) return
    // The first of several open popovers is the menu that led here.
    document.querySelector<HTMLElement>(':popover-open')?.hidePopover()
  }, [children])

  useEffect(() => {
    if (location.hash === `#${id}`) dialog.current?.showPopover()
  }, [id])

  function onClick({ target }: MouseEvent) {
    if (target instanceof Element && target.closest<HTMLButtonElement>('button')?.type === 'submit')
      address.current = ''
  }

  /** The browser gives the focus to the cross instead of the first field, and returns it to a button of the page, but not to one of a menu. */
  function onToggle({ newState, currentTarget }: ToggleEvent) {
    const { activeElement, body } = document
    if (newState === 'open')
      currentTarget.querySelector<HTMLElement>('input:not([type="hidden"]), select, textarea')?.focus()
    if (newState === 'closed' && (activeElement === body || currentTarget.contains(activeElement)))
      document.querySelector<HTMLElement>(`.menu:popover-open [popovertarget="${CSS.escape(id)}"]`)?.focus()
  }

  /** The page behind it is not inert, so Tab would lead there. */
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('a[href], button')]
    const [end, start] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
    if (event.key !== 'Tab' || event.target !== end) return
    event.preventDefault()
    start?.focus()
  }

  return (
    <dialog
      {...native}
      ref={dialog}
      onBeforeToggle={() => {
        address.current = location.href
      }}
      onClick={onClick}
      onToggle={onToggle}
      onKeyDown={onKeyDown}
      popover="auto"
      aria-labelledby={heading}
      className="dialog m-auto max-h-[calc(100dvh-2rem)] w-[32rem] max-w-[calc(100vw-2rem)] rounded-xl border border-edge bg-raised p-5 text-base text-ink shadow-3"
    >
      <div className="mb-3 flex items-start justify-between gap-3">
        <h2 id={heading} className="text-lg font-[620] tracking-[-0.01em]">
          {title}
        </h2>
        <button
          type="button"
          aria-label={close}
          popoverTarget={id}
          popoverTargetAction="hide"
          className="-mt-1 -mr-1 grid size-8 shrink-0 place-items-center rounded-md max-sm:size-10 text-faint hover:bg-well hover:text-ink"
        >
          <Icon name="cross" className="size-4" />
        </button>
      </div>
      {children}
    </dialog>
  )
}
