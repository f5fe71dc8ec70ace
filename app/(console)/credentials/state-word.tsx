import { WordBadge } from '@/components/state-badge'
import type { CredentialState } from '@/lib/credentials/expiry'
import type { CredentialView } from '@/lib/credentials/room'
import type { Words } from '@/lib/kernel/words'

export const TONE_OF = {
  healthy: 'good',
  soon: 'warn',
  critical: 'bad',
  expired: 'bad',
  'date-unknown': 'neutral',
  refused: 'bad',
} as const satisfies Record<CredentialState, 'good' | 'warn' | 'bad' | 'neutral'>

/**
 * How a credential stands: one word, with a colour that repeats it. While a new one settles, its word speaks of its date
 * alone, so it has no colour, and a second one says that Entra does not know it yet.
 */
export const StateWord = ({ view, t }: { view: Pick<CredentialView, 'state' | 'isSettling'>; t: Words }) => (
  <span className="inline-flex flex-wrap gap-1">
    <WordBadge tone={view.isSettling ? 'neutral' : TONE_OF[view.state]}>{t(`state.${view.state}`)}</WordBadge>
    {view.isSettling && <WordBadge tone="accent">{t('settling')}</WordBadge>}
  </span>
)
