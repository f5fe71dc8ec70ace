import { type ReactNode, useId } from 'react'
import { Dialog } from './dialog'
import { Icon, type IconName } from './icon'

/** What is rarely done to the subject of a page: its name in the menu, and the form behind it. */
export interface MenuDialog {
  id: string
  text: string
  title: string
  form: ReactNode
}

/**
 * Rare actions of a page behind one button: links, and buttons of forms, each with the class `menu-item`, and dialogs. The browser opens
 * them, so they work without scripts. The button shows its text or "…", for which a screen reader says the label. In the bar of a page only
 * the icon is seen on a narrow screen.
 */
export function Menu(props: {
  label: string
  text?: string
  icon?: IconName
  dialogs?: readonly MenuDialog[]
  children?: ReactNode
}) {
  const { label, text, icon = text ? undefined : 'dots', dialogs = [], children } = props
  const menu = useId()
  return (
    <>
      <button
        type="button"
        popoverTarget={menu}
        aria-label={text ? undefined : label}
        className="button button-secondary"
      >
        {icon && <Icon name={icon} className="size-4" />}
        {text && <span className={icon && 'bar-label'}>{text}</span>}
        {text && <Icon name="down" className="size-3.5" />}
      </button>
      <fieldset
        id={menu}
        popover="auto"
        className="menu min-w-56 gap-px rounded-lg border border-edge bg-raised p-1.5 text-ink shadow-3 open:grid"
      >
        <legend className="sr-only">{label}</legend>
        {children}
        {dialogs.map(({ id, text }) => (
          <button key={id} type="button" popoverTarget={id} aria-haspopup="dialog" className="menu-item">
            {text}
          </button>
        ))}
      </fieldset>
      {dialogs.map(({ id, title, form }) => (
        <Dialog key={id} id={id} title={title}>
          {form}
        </Dialog>
      ))}
    </>
  )
}
