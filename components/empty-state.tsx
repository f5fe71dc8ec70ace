import type { ReactNode } from 'react'
import { PigeonHoles } from './wordmark'

/** Nothing here yet, why, and what fills it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-1 rounded-lg border border-dashed border-line px-6 py-10 text-center">
      <PigeonHoles className="mb-2 size-10 text-faint" />
      <p className="font-[600]">{title}</p>
      {children && <div className="max-w-[34rem] text-sm text-soft">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}
