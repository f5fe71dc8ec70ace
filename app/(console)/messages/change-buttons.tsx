import { Button, type ButtonKind } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { Translator } from '@/lib/i18n/translations'
import type { MessageState } from '@/lib/outbox/message'

export type Change = 'try-now' | 'hold' | 'release' | 'resend' | 'dismiss' | 'cancel'

/** What is offered for a message in each state, the likeliest first. The outbox checks the state again. */
export const CHANGES_IN: Record<MessageState, readonly Change[]> = {
  queued: ['try-now', 'hold', 'cancel'],
  sending: [],
  held: ['release', 'cancel'],
  delivered: [],
  declined: [],
  failed: ['resend', 'dismiss'],
  dismissed: ['resend'],
  cancelled: [],
}

interface ButtonsProps {
  changes: readonly Change[]
  kindOf: (change: Change, place: number) => ButtonKind
  one?: boolean
  /** How many messages *Cancel* is about if the form's check box `all` is checked. */
  cancelsAll?: string
  t: Translator<'messages'>
}

/** One button for each change, in the form that says which messages are changed. */
export const ChangeButtons = ({ changes, kindOf, one = false, cancelsAll = '', t }: ButtonsProps) =>
  changes.map((to, place) =>
    to === 'cancel' ? (
      <CancelDialog key={to} kind={kindOf(to, place)} number={one ? 'one' : 'several'} {...{ cancelsAll, t }} />
    ) : (
      <Button key={to} name="to" value={to} kind={kindOf(to, place)} text={t(`bulk.${to}`)} />
    ),
  )

function CancelDialog(props: Pick<ButtonsProps, 't' | 'cancelsAll'> & { number: 'one' | 'several'; kind: ButtonKind }) {
  const { number, kind, cancelsAll, t } = props
  return (
    <>
      <Button
        type="button"
        kind={kind}
        popoverTarget="cancel"
        aria-haspopup="dialog"
        text={t(`cancel.button.${number}`)}
      />
      <Dialog id="cancel" title={t(`cancel.title.${number}`)}>
        <div id="cancel-effect">
          <p className="mb-2 hidden font-[550] in-[form:has([name=all]:checked)]:block">{cancelsAll}</p>
          <p className="mb-4 text-soft">{t('cancel.text')}</p>
        </div>
        <Button
          name="to"
          value="cancel"
          kind="danger"
          aria-describedby="cancel-effect"
          text={t(`cancel.button.${number}`)}
        />
      </Dialog>
    </>
  )
}
