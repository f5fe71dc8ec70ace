import type { SenderWord } from '../policy/sender'

/** `void`: the newest word was said under other settings, or about the other way. */
export const SENDER_STATES = ['proven', 'refused', 'not-yet-proven', 'void'] as const
export type SenderState = (typeof SENDER_STATES)[number]

/** @param holds whether the word is about the settings in use. */
export function senderState(word: Pick<SenderWord, 'outcome'> | null, holds: boolean): SenderState {
  if (word === null) return 'not-yet-proven'
  if (!holds) return 'void'
  return word.outcome === 'accepted' ? 'proven' : 'refused'
}
