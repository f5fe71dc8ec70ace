import type { ReactNode } from 'react'
import type { Tone } from './answer'
import { GROUND } from './tasks'

/**
 * One thing that needs a person soon: a large figure on the stub, then what it is, what follows and the next step.
 *
 * @param props.figure A number, usually of days, or a short word.
 */
export function Ticket(props: {
  tone: Tone
  figure: ReactNode
  figureLabel: ReactNode
  title: ReactNode
  subtitle?: ReactNode
  actions?: ReactNode
  children?: ReactNode
}) {
  const { tone, figure, figureLabel, title, subtitle, actions } = props
  return (
    <article className="grid grid-cols-[5.75rem_minmax(0,1fr)] overflow-hidden rounded-lg border border-line bg-raised shadow-2 sm:grid-cols-[6.5rem_minmax(0,1fr)]">
      <div
        className={`grid content-center justify-items-center gap-px border-r-2 border-dotted border-line px-2 py-4 text-center max-sm:px-0.5 ${GROUND[tone]}`}
      >
        <p className="text-3xl font-[650] tracking-[-0.04em] tabular-nums sm:text-[2.375rem] sm:leading-10">{figure}</p>
        <p className="text-xs font-[550]">{figureLabel}</p>
      </div>
      <div className="grid content-start gap-0.5 p-3.5 sm:px-4.5 sm:pt-3.5 sm:pb-4">
        <h2 className="text-lg font-[600] tracking-[-0.01em]">{title}</h2>
        {subtitle && <p className="text-sm text-soft">{subtitle}</p>}
        {props.children && <div className="text-sm">{props.children}</div>}
        {actions && <div className="no-print mt-2.5 flex flex-wrap items-center gap-x-2.5 gap-y-2">{actions}</div>}
      </div>
    </article>
  )
}
