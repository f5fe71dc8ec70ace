import { PlainForm } from '@/components/action-form'
import { Button } from '@/components/button'
import type { Translator } from '@/lib/i18n/translations'
import { changeAction } from './actions'
import type { View } from './query'

/** The buttons that make sense for the messages of each view. */
const CHOICES: Record<View, readonly ('try-now' | 'hold' | 'release' | 'resend' | 'cancel')[]> = {
  all: ['try-now', 'hold', 'release', 'resend', 'cancel'],
  waiting: ['try-now', 'hold', 'cancel'],
  held: ['release', 'cancel'],
  failed: ['resend', 'cancel'],
  delivered: [],
  declined: [],
  cancelled: ['resend'],
}
/** The change that applies to all messages of a view. */
const WHOLE: Partial<Record<View, 'try-waiting' | 'resend-failed' | 'release-held'>> = {
  waiting: 'try-waiting',
  failed: 'resend-failed',
  held: 'release-held',
}
export const BULK_FORM = 'chosen-messages'
export const canChoose = (view: View): boolean => CHOICES[view].length > 0

/** The checkboxes of the table belong to this form, which works without scripts. */
export function BulkForm({ view, back, t }: { view: View; back: string; t: Translator<'messages'> }) {
  const whole = WHOLE[view]
  return (
    <PlainForm
      id={BULK_FORM}
      action={changeAction}
      aria-label={t('bulk.label')}
      className="sticky bottom-0 z-10 -mx-4 mt-4 flex gap-2 overflow-x-auto border-t border-line bg-paper px-4 py-3 sm:flex-wrap"
    >
      <input type="hidden" name="back" value={back} />
      {CHOICES[view].map((to) => (
        <Button key={to} name="to" value={to} className="shrink-0">
          {t(`bulk.${to}`)}
        </Button>
      ))}
      {whole && (
        <Button name="to" value={whole} kind="quiet" className="shrink-0">
          {t(`bulk.${whole}`)}
        </Button>
      )}
    </PlainForm>
  )
}
