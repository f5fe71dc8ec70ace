import { type ReactNode, useId } from 'react'
import { Icon } from './icon'

/**
 * Rare actions of a page behind one button: links, and buttons of forms, each with the class `menu-item`. The browser opens it,
 * so it works without scripts.
 *
 * @param props.label What a screen reader says instead of "…".
 * @param props.text Shown on the button instead of "…".
 */
export function Menu({ label, text, children }: { label: string; text?: string; children: ReactNode }) {
  const id = useId()
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-label={text ? undefined : label}
        className="button button-secondary"
      >
        {text ?? <Icon name="dots" className="size-4" />}
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
