import { type ComponentProps, useId } from 'react'
import { PlainForm, SubmitButton } from './action-form'
import type { MenuDialog } from './menu'

/** A button that does one thing on the server, and then leads to a page. What follows from it, its `effect`, is above the button and describes it. */
export function ButtonForm(
  props: Omit<ComponentProps<typeof SubmitButton>, 'hidden'> &
    Pick<ComponentProps<typeof PlainForm>, 'action' | 'hidden'> & { effect?: string },
) {
  const { action, hidden, effect, ...native } = props
  const id = useId()
  const button = <SubmitButton {...native} aria-describedby={effect && id} />
  return (
    <PlainForm action={action} hidden={hidden} className={effect && 'grid gap-4'}>
      {effect && (
        <p id={id} className="text-soft">
          {effect}
        </p>
      )}
      {effect ? <div>{button}</div> : button}
    </PlainForm>
  )
}

/** A dialog of a menu with one button. The form names it, so that it opens again after the step that asks for the password. */
export function buttonDialog({
  id,
  text,
  title = text,
  button,
  hidden,
  ...form
}: Omit<ComponentProps<typeof ButtonForm>, 'id' | 'text' | 'title'> & {
  id: string
  /** In the menu, and above the form unless that has a longer title. */
  text: string
  title?: string
  button: string
}): MenuDialog {
  return { id, text, title, form: <ButtonForm {...form} hidden={{ ...hidden, dialog: id }} text={button} /> }
}
