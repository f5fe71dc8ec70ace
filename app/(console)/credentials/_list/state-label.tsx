import { StatusBadge } from '@/components/state-badge'
import type { CredentialState } from '@/lib/credentials/expiry'
import type { CredentialView } from '@/lib/credentials/views'
import type { Translator } from '@/lib/i18n/translations'

export const TONE_OF = {
  healthy: 'good',
  soon: 'warn',
  critical: 'bad',
  expired: 'bad',
  'date-unknown': 'neutral',
  refused: 'bad',
} as const satisfies Record<CredentialState, 'good' | 'warn' | 'bad' | 'neutral'>

/**
 * The state of a credential, with a matching colour. While a new one propagates, its state is about its date only, so it has no
 * colour, and a second label says that Entra does not know it yet.
 */
export const StateLabel = ({
  view,
  t,
}: {
  view: Pick<CredentialView, 'state' | 'isPropagating'>
  t: Translator<'credentials'>
}) => (
  <span className="inline-flex flex-wrap gap-1">
    <StatusBadge tone={view.isPropagating ? 'neutral' : TONE_OF[view.state]}>{t(`state.${view.state}`)}</StatusBadge>
    {view.isPropagating && <StatusBadge tone="accent">{t('settling')}</StatusBadge>}
  </span>
)
