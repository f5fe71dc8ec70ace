import { Button, type ButtonKind } from '@/components/button'
import { Dialog } from '@/components/dialog'
import type { Translator } from '@/lib/i18n/translations'
import { ASKS_TO_CANCEL } from './chosen'

/**
 * Asks before messages are cancelled, in the form that says which. Without scripts the form's action leads to a page that asks.
 *
 * @param props.form Id of the form.
 * @param props.one Whether the form is about one message.
 */
export function CancelDialog(props: { form: string; one?: boolean; kind: ButtonKind; t: Translator<'messages'> }) {
  const { form, one = false, kind, t } = props
  const number = one ? 'one' : 'several'
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
