import { Button, type ButtonKind } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { Translator } from '@/lib/i18n/translations'
import { ASKS_TO_CANCEL } from './chosen'

export type Change = 'try-now' | 'hold' | 'release' | 'resend' | 'dismiss' | 'cancel'

interface ButtonsProps {
  /** Id of the form that says which messages are changed. */
  form: string
  changes: readonly Change[]
  kindOf: (change: Change, place: number) => ButtonKind
  /** Whether the form is about one message. */
  one?: boolean
  t: Translator<'messages'>
}

/** One button for each change. */
export const ChangeButtons = ({ form, changes, kindOf, one = false, t }: ButtonsProps) =>
  changes.map((to, place) =>
    to === 'cancel' ? (
      <CancelDialog key={to} form={form} kind={kindOf(to, place)} number={one ? 'one' : 'several'} t={t} />
    ) : (
      <Button key={to} name="to" value={to} kind={kindOf(to, place)}>
        {t(`bulk.${to}`)}
      </Button>
    ),
  )

/** Asks before messages are cancelled. Without scripts the form's action leads to a page that asks. */
function CancelDialog(props: Pick<ButtonsProps, 'form' | 't'> & { number: 'one' | 'several'; kind: ButtonKind }) {
  const { form, number, kind, t } = props
  return (
    <Dialog
      id="cancel"
      title={t(`cancel.title.${number}`)}
      trigger={{ text: t(`cancel.button.${number}`), name: 'to', value: ASKS_TO_CANCEL, kind }}
    >
      <p className="mb-4 text-soft">{t('cancel.text')}</p>
      <Button form={form} name="to" value="cancel" kind="danger">
        {t(`cancel.button.${number}`)}
      </Button>
    </Dialog>
  )
}
