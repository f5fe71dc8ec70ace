'use client'

import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { Button } from './button'

/**
 * A list, and what can be done with its chosen rows. Both belong into the form of the check boxes. With scripts the bar appears once
 * something is chosen and stays at the foot of the window; without them it is always there. A check box in the head of the table chooses
 * the rows that are shown, with scripts only. The form's check box `all`, which chooses every row of the list, ticks them as well. After
 * the box that was changed last, Tab reaches a button that leads to the bar, which may be many rows away. Without scripts a link before the
 * list does.
 *
 * @param props.name Of the bar, and of the button that leads to it.
 * @param props.chosen What it says about the number of chosen rows, with `#` in place of the number.
 * @param props.all What it says if every row of the list is chosen.
 */
export function BulkBar(props: { name: string; chosen: string; all?: string; list: ReactNode; children: ReactNode }) {
  const { name, chosen, all = '', list, children } = props
  const bar = useRef<HTMLFieldSetElement>(null)
  const { count, besideBox } = useChosen(bar, list)
  const countText = count === 'all' ? all : count !== null && chosen.replace('#', String(count))
  return (
    <>
      <noscript>
        <a href="#chosen" className="button button-secondary absolute z-20 not-focus:sr-only">
          {name}
        </a>
      </noscript>
      {list}
      {/* Outside of what appears, since a screen reader says only what changes in a place that was there before. */}
      <span className="sr-only" aria-live="polite">
        {count !== 0 && countText}
      </span>
      <fieldset
        ref={bar}
        id="chosen"
        hidden={count === 0}
        className="floating-bar no-print sticky bottom-3 z-10 mx-auto mt-3 flex w-fit max-w-full flex-wrap items-center gap-x-2.5 gap-y-2 rounded-lg border border-edge bg-raised py-1.5 pr-2 pl-4 max-sm:gap-x-2 max-sm:pl-2.5 text-[0.84375rem] shadow-3 [[hidden]]:hidden"
      >
        <legend className="sr-only">{name}</legend>
        {countText && (
          <b className="font-[600] tabular-nums" aria-hidden="true">
            {countText}
          </b>
        )}
        {children}
      </fieldset>
      {besideBox &&
        count !== 0 &&
        createPortal(
          <Button
            type="button"
            text={name}
            className="absolute z-20 mt-1 not-focus-visible:sr-only"
            onClick={() => bar.current?.querySelector('button')?.focus({ preventScroll: true })}
          />,
          besideBox,
        )}
    </>
  )
}

/** How many rows of the form around the bar are chosen, null until that is known, and what holds the box that was changed last. */
function useChosen(bar: RefObject<HTMLElement | null>, list: ReactNode) {
  const [count, setCount] = useState<number | 'all' | null>(null)
  const [besideBox, setBesideBox] = useState<Element | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: new content comes with new rows
  useEffect(() => {
    const form = bar.current?.closest('form')
    if (!form) return
    const head = form.querySelector<HTMLInputElement>('thead input[type="checkbox"]')
    const recount = (changed?: EventTarget | null) => {
      const boxes = [...form.querySelectorAll<HTMLInputElement>('tbody input[type="checkbox"]')]
      const all = form.querySelector<HTMLInputElement>('input[name="all"]')
      // Rows that were read again come unticked.
      const leader = !changed && all?.checked ? all : [head, all].find((box) => box && box === changed)
      if (leader) for (const box of boxes) box.checked = leader.checked
      const rows = boxes.filter(({ checked }) => checked).length
      if (head) head.checked = rows > 0 && rows === boxes.length
      if (all && rows < boxes.length) all.checked = false
      setCount(all?.checked ? 'all' : rows)
      const last = changed instanceof Element ? changed : boxes.find(({ checked }) => checked)
      const holder = (last?.closest('label') ?? last)?.parentElement ?? null
      setBesideBox(holder === bar.current ? null : holder)
    }
    // Any box may have been ticked before the scripts arrived.
    recount(count === null && head?.checked ? head : null)
    const listening = new AbortController()
    const { signal } = listening
    form.addEventListener('change', ({ target }) => recount(target), { signal })
    form.addEventListener('reset', () => setTimeout(recount), { signal })
    return () => listening.abort()
  }, [list])

  return { count, besideBox }
}
