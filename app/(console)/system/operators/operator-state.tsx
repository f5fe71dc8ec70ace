import { StatusBadge } from '@/components/state-badge'
import type { OperatorView } from '@/lib/accounts/terms'
import type { Translator } from '@/lib/i18n/translations'

/** Whether the account can sign in, and if not, why. */
export function OperatorState({ operator, t }: { operator: OperatorView; t: Translator<'people'> }) {
  if (operator.disabledAt) return <StatusBadge tone="neutral">{t('operator.disabled')}</StatusBadge>
  if (operator.hasPassword) return <StatusBadge tone="good">{t('operator.active')}</StatusBadge>
  return <StatusBadge tone="warn">{t('operator.invited')}</StatusBadge>
}
