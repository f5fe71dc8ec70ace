import type { ComponentProps } from 'react'
import type { PlainAction } from '@/lib/access/signed-out'
import { PlainForm, SubmitButton } from './action-form'
import { Hidden } from './hidden'

/**
 * A button that does one thing on the server, and then leads to a page.
 *
 * @param props.text What follows from it, above the button.
 */
export function ButtonForm(
  props: Omit<ComponentProps<typeof SubmitButton>, 'hidden'> & {
    action: PlainAction
    hidden?: ComponentProps<typeof Hidden>
    text?: string
  },
) {
  const { action, hidden, text, ...native } = props
  const button = <SubmitButton {...native} />
  return (
    <PlainForm action={action} className={text && 'grid gap-4'}>
      <Hidden {...hidden} />
      {text && <p className="text-soft">{text}</p>}
      {text ? <div>{button}</div> : button}
    </PlainForm>
  )
}
