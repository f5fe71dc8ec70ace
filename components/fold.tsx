import type { ReactNode } from 'react'
import { Icon } from './icon'

/** Hides a supplement, such as a check or the way back; never the main thing of a page. */
export function Fold(props: {
  summary: ReactNode
  open?: boolean
  id?: string
  className?: string
  children: ReactNode
}) {
  return (
    <details id={props.id} open={props.open} className={`fold ${props.className ?? ''}`}>
      <summary className="flex min-h-8 list-none items-center gap-2 text-[0.84375rem] font-[550] text-soft hover:text-ink max-sm:min-h-10 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron" className="size-3.5 text-faint" />
        {props.summary}
      </summary>
      <div className="pt-1.5 pb-2">{props.children}</div>
    </details>
  )
}
