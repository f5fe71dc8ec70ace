import type { ComponentProps } from 'react'
import { PlainForm, SubmitButton } from './action-form'

/** A button that does one thing on the server, and then leads to a page. What follows from it, its `effect`, is above the button. */
export function ButtonForm(
  props: Omit<ComponentProps<typeof SubmitButton>, 'hidden'> &
    Pick<ComponentProps<typeof PlainForm>, 'action' | 'hidden'> & { effect?: string },
) {
  const { action, hidden, effect, ...native } = props
  const button = <SubmitButton {...native} />
  return (
    <PlainForm action={action} hidden={hidden} className={effect && 'grid gap-4'}>
      {effect && <p className="text-soft">{effect}</p>}
      {effect ? <div>{button}</div> : button}
    </PlainForm>
  )
}
