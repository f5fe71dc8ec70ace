import type { ComponentProps } from 'react'
import type { PlainAction } from '@/lib/access/signed-out'
import { PlainForm, SubmitButton } from './action-form'
import { Hidden } from './hidden'

/**
 * A button that does one thing on the server, and then leads to a page.
 *
 * @param props.effect What follows from it, above the button.
 */
export function ButtonForm(
  props: Omit<ComponentProps<typeof SubmitButton>, 'hidden'> & {
    action: PlainAction
    hidden?: ComponentProps<typeof Hidden>
    effect?: string
  },
) {
  const { action, hidden, effect, ...native } = props
  const button = <SubmitButton {...native} />
  return (
    <PlainForm action={action} className={effect && 'grid gap-4'}>
      <Hidden {...hidden} />
      {effect && <p className="text-soft">{effect}</p>}
      {effect ? <div>{button}</div> : button}
    </PlainForm>
  )
}
