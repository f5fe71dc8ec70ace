import type { ReactNode } from 'react'
import type { Tone } from './answer'
import { Icon, type IconName } from './icon'

export interface Task {
  key: string
  tone: Tone
  /** Instead of `mark`. */
  icon?: IconName
  /** A number instead of an icon, for example of messages. */
  mark?: number | string
  title: ReactNode
  detail?: ReactNode
  /** One button, or a button and a link. */
  action?: ReactNode
}

export const GROUND: Record<Tone, string> = {
  good: 'bg-good-wash text-good',
  warn: 'bg-warn-wash text-warn',
  bad: 'bg-bad-wash text-bad',
  info: 'bg-accent-wash text-accent',
  neutral: 'bg-well text-soft',
}

/** What there is to do, worst first, each with the button that does it. It belongs into a flush `Panel`; outside one it is `boxed`. */
export function TaskList({ items, boxed = false }: { items: readonly Task[]; boxed?: boolean }) {
  return (
    <ul className={`divide-y divide-line ${boxed ? 'rounded-lg border border-line bg-raised shadow-1' : ''}`}>
      {items.map(({ key, tone, icon, mark, title, detail, action }) => (
        <li
          key={key}
          className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3.5 gap-y-2 px-4 py-3.5 sm:grid-cols-[auto_minmax(0,1fr)_auto] sm:px-4.5"
        >
          <span
            className={`grid h-8.5 min-w-8.5 place-items-center rounded-full px-1.5 text-sm font-[650] tabular-nums max-sm:self-start ${GROUND[tone]}`}
          >
            {mark ?? <Icon name={icon ?? 'info'} className="size-4.5" />}
          </span>
          <div className="min-w-0">
            <p className="font-[600]">{title}</p>
            {detail && <div className="text-sm text-soft">{detail}</div>}
          </div>
          {action && (
            <div className="no-print flex flex-wrap items-center gap-2 max-sm:col-start-2 sm:justify-end max-sm:[&>.button-quiet:first-child]:-ml-2.25">
              {action}
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

/** One thing that needs a person soon: a large number, usually of days, or a short word, then what it is, what follows and the next step. */
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
        {actions && <div className="buttons no-print mt-2.5">{actions}</div>}
      </div>
    </article>
  )
}
