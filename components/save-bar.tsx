import type { ReactNode } from 'react'

/**
 * Stays at the foot of a long form while it is scrolled.
 *
 * @param props.save The button that saves.
 * @param props.unsaved Says that there are unsaved changes; null if there are none.
 * @param props.discard The button that discards them, shown with `unsaved`.
 * @param props.children What the last save or change did, read out by screen readers.
 */
export function SaveBar(props: { save: ReactNode; unsaved: string | null; discard: ReactNode; children: ReactNode }) {
  return (
    <div className="no-print sticky bottom-0 z-10 -mx-4 flex min-h-16 flex-wrap items-center gap-x-2 gap-y-1 border-t border-line bg-paper px-4 py-3 sm:gap-x-3">
      {props.save}
      {props.unsaved !== null && (
        <>
          {props.discard}
          <span className="flex items-center gap-1.5 text-sm font-[550] text-warn">
            <svg viewBox="0 0 8 8" className="size-2" aria-hidden="true">
              <circle cx="4" cy="4" r="4" fill="currentColor" />
            </svg>
            {props.unsaved}
          </span>
        </>
      )}
      <span role="status" className="text-sm text-soft">
        {props.children}
      </span>
    </div>
  )
}
