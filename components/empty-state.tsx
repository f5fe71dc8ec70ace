import type { ReactNode } from 'react'
import { PigeonHoles } from './wordmark'

/** Nothing here yet, why, and what fills it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex gap-4 rounded-lg bg-sunken px-5 py-4">
      <PigeonHoles className="mt-0.5 size-8 text-faint" />
      <div>
        <p className="font-[600]">{title}</p>
        {children && <div className="max-w-[38rem] text-sm text-soft">{children}</div>}
        {action && <div className="mt-3 flex flex-wrap gap-2">{action}</div>}
      </div>
    </div>
  )
}
