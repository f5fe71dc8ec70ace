import type { ReactNode } from 'react'
import { unbroken } from './code-block'

/** What to do, in order. Lines that must not be retyped belong in a `CodeBlock` after it. */
export function Steps({ steps }: { steps: readonly ReactNode[] }) {
  return (
    <ol className="grid gap-2.5">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list, and its place is its identity
        <li key={index} className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-2.5">
          <span
            aria-hidden="true"
            className="mt-px flex size-[1.375rem] items-center justify-center rounded-full border border-control text-xs font-[600] text-soft tabular-nums"
          >
            {index + 1}
          </span>
          <div>{typeof step === 'string' ? unbroken(step) : step}</div>
        </li>
      ))}
    </ol>
  )
}
