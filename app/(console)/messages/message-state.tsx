import { StatusBadge } from '@/components/state-badge'
import type { Translator } from '@/lib/i18n/translations'
import type { MessageState } from '@/lib/outbox/message'

export const TONE_OF: Record<MessageState, 'neutral' | 'good' | 'warn' | 'bad' | 'accent'> = {
  queued: 'accent',
  sending: 'accent',
  held: 'warn',
  delivered: 'good',
  declined: 'neutral',
  failed: 'bad',
  cancelled: 'neutral',
}

/** The state of a message. */
export function MessageStateBadge({ state, t }: { state: MessageState; t: Translator<'messages'> }) {
  return <StatusBadge tone={TONE_OF[state]}>{t(`state.${state}`)}</StatusBadge>
}
