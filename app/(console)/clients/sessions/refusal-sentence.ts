import type { Translator } from '@/lib/i18n/translations'
import { refusalText } from '@/lib/submission/refusal'
import type { SessionStage } from '@/lib/submission/smtp/session-record'

/** Where the answer asks something of the device, this says what the device did. A code of a newer version has no sentence here. */
export function refusalSentence(
  refused: NonNullable<SessionStage['refusal']>,
  t: Translator<'clients'>,
  submission: Translator<'submission'>,
): string {
  const { code } = refused
  const isKnown = submission.lookUp(`refusal.${code}.todo`) !== null
  return t.lookUp(`session.refused.${code}`) ?? (isKnown ? refusalText(submission, refused) : code)
}
