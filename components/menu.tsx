import { type ReactNode, useId } from 'react'
import { Icon, type IconName } from './icon'

/**
 * Rare actions of a page behind one button: links, and buttons of forms, each with the class `menu-item`. The browser opens it,
 * so it works without scripts.
 *
 * @param props.label What a screen reader says instead of "…".
 * @param props.text Shown on the button instead of "…".
 * @param props.icon Before the text. In the bar of a page only the icon is seen on a narrow screen.
 */
export function Menu(props: { label: string; text?: string; icon?: IconName; children: ReactNode }) {
  const { label, text, icon = text ? undefined : 'dots', children } = props
  const id = useId()
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label={text ? undefined : label}
        className="button button-secondary"
      >
        {icon && <Icon name={icon} className="size-4" />}
        {text && <span className={icon && 'bar-label'}>{text}</span>}
        {text && <Icon name="down" className="size-3.5" />}
      </button>
      <fieldset
        id={id}
        popover="auto"
        className="menu min-w-56 gap-px rounded-lg border border-edge bg-raised p-1.5 text-ink shadow-3 open:grid"
      >
        <legend className="sr-only">{label}</legend>
        {children}
      </fieldset>
    </>
  )
}
