import type { ReactNode } from 'react'
import { Dot } from './state-badge'

/**
 * Ends a form: in the flow while nothing has changed, which is when `unsaved` is null, at the foot of the window once something has. Screen
 * readers read out its children, which say what the last save or change did.
 */
export function SaveBar(props: { save: ReactNode; unsaved: ReactNode; discard: ReactNode; children: ReactNode }) {
  const changed = props.unsaved !== null
  return (
    <div
      className={`no-print save-bar ${changed ? 'floating-bar sticky bottom-2 z-10 -mx-2 rounded-lg border border-edge bg-raised pr-2.5 pl-4 shadow-3' : 'border-t border-line'}`}
    >
      {changed && (
        <span className="flex min-w-0 items-center gap-2 text-sm font-[550]">
          <Dot className="size-2 fill-warn-fill" />
          {props.unsaved}
        </span>
      )}
      <span aria-live="polite" className="text-sm text-soft">
        {props.children}
      </span>
      <span className="ml-auto flex flex-wrap items-center gap-2">
        {changed && props.discard}
        {props.save}
      </span>
    </div>
  )
}
