import { type ReactNode, useId } from 'react'
import { Icon, type IconName } from './icon'
import { Live } from './live'

export type NoteKind = 'info' | 'success' | 'warning' | 'danger'

const LOOK: Record<NoteKind, { icon: IconName; tone: string }> = {
  info: { icon: 'info', tone: 'bg-accent-wash text-accent' },
  success: { icon: 'check', tone: 'bg-good-wash text-good' },
  warning: { icon: 'warning', tone: 'bg-warn-wash text-warn' },
  danger: { icon: 'warning', tone: 'bg-bad-wash text-bad' },
}

/** Says one thing and what to do about it. It is `live` where it appears because of what the reader just did. */
export function Note(props: {
  kind: NoteKind
  title?: ReactNode
  live?: 'alert' | 'status'
  action?: ReactNode
  children?: ReactNode
  className?: string
  id?: string
  /**
   * Can take the focus by script, where a long page has to lead to it. Screen readers then say the title and the text. As a live region too,
   * they would say it twice.
   */
  reachable?: boolean
}) {
  const { icon, tone } = LOOK[props.kind]
  const id = useId()
  const focusable = {
    tabIndex: -1,
    role: 'region',
    'aria-labelledby': `${id}-title`,
    'aria-describedby': props.children ? `${id}-text` : undefined,
  }
  const Place = props.live === 'status' ? Live : 'div'
  return (
    <Place
      id={props.id}
      role={props.live}
      {...(props.reachable && focusable)}
      className={`flex gap-3 rounded-lg px-4 py-3 forced-colors:border ${tone} ${props.className ?? ''}`}
    >
      <Icon name={icon} className="mt-0.5 size-4.5" />
      <div className="min-w-0 flex-1 text-ink">
        {props.title && (
          <p id={`${id}-title`} className="font-[600]">
            {props.title}
          </p>
        )}
        {props.children && (
          <div id={`${id}-text`} className="text-sm text-soft [&_p+p]:mt-1.5">
            {props.children}
          </div>
        )}
        {props.action && <div className="mt-2.5 flex flex-wrap items-start gap-2">{props.action}</div>}
      </div>
    </Place>
  )
}
