import type { SenderObservation } from '../../policy/sender'

/** `void`: the newest word was said under other settings, or about the other way. */
export const SENDER_STATES = ['verified', 'refused', 'unverified', 'void'] as const
export type SenderState = (typeof SENDER_STATES)[number]

/** @param holds whether the word is about the settings in use. */
export function senderState(word: Pick<SenderObservation, 'outcome'> | null, holds: boolean): SenderState {
  if (word === null) return 'unverified'
  if (!holds) return 'void'
  return word.outcome === 'accepted' ? 'verified' : 'refused'
}
