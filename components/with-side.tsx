import type { ReactNode } from 'react'

/** The main column and a side column of 328 px that remains in view; below the main one on a narrow screen. */
export function WithSide(props: { side: ReactNode; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-7 lg:grid-cols-[minmax(0,1fr)_20.5rem] lg:gap-8">
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-7">{props.children}</div>
      <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4 lg:sticky lg:top-6">{props.side}</div>
    </div>
  )
}
