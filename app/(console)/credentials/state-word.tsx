import { WordBadge } from '@/components/state-badge'
import type { CredentialState } from '@/lib/credentials/expiry'
import type { Words } from '@/lib/kernel/words'

export const TONE_OF = {
  healthy: 'good',
  soon: 'warn',
  critical: 'bad',
  expired: 'bad',
  'date-unknown': 'neutral',
  refused: 'bad',
} as const satisfies Record<CredentialState, 'good' | 'warn' | 'bad' | 'neutral'>

/** How a credential stands: one word, with a colour that repeats it. */
export const StateWord = ({ state, t }: { state: CredentialState; t: Words }) => (
  <WordBadge tone={TONE_OF[state]}>{t(`state.${state}`)}</WordBadge>
)
