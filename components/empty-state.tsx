import type { ReactNode } from 'react'
import { Postmark } from './answer'

/** Nothing here yet: one sentence, and one action that fills it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex gap-4 rounded-lg border border-line bg-raised px-5 py-4 shadow-1">
      <Postmark sign={0} className="size-11 text-faint" />
      <div className="min-w-0 self-center">
        <p className="text-lg font-[600]">{title}</p>
        {children && <div className="max-w-[68ch] text-sm text-soft">{children}</div>}
        {action && <div className="mt-3 flex flex-wrap gap-2">{action}</div>}
      </div>
    </div>
  )
}
