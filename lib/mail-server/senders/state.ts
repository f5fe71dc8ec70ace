import type { SenderObservation } from '../../policy/sender'

/** `void` means that the newest result is from other settings, or from the other login mailbox. */
export const SENDER_STATES = ['verified', 'refused', 'unverified', 'void'] as const
export type SenderState = (typeof SENDER_STATES)[number]

/** @param applies whether the result is about the settings in use */
export function senderState(result: Pick<SenderObservation, 'outcome'> | null, applies: boolean): SenderState {
  if (result === null) return 'unverified'
  if (!applies) return 'void'
  return result.outcome === 'accepted' ? 'verified' : 'refused'
}
