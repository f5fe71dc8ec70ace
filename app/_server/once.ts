import 'server-only'
import type { AuditAction } from '@/lib/audit'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok, type Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { OperatorCaller } from './caller'
import { claimForm } from './form-token'

/** Longest wait for the answer to the same form, sent a moment before. */
const SAME_FORM_WAIT_MS = 15_000

export const TOKEN_MESSAGES = {
  malformed: 'refused.tokenMissing',
  'other-content': 'refused.tokenReused',
  running: 'refused.stillRunning',
} as const

export type TokenFault = keyof typeof TOKEN_MESSAGES
export const isTokenFault = (text: unknown): text is TokenFault =>
  typeof text === 'string' && Object.hasOwn(TOKEN_MESSAGES, text)

/**
 * Carries a step out once for each form, however often it is posted. A refused step leaves the token free for the corrected form.
 *
 * @param refused what the form shows if its token could not be used
 * @returns the answer to the first post, as JSON. If the process ended before it stored that answer, the details of the audit entry, which
 *   contain it too
 */
export async function once<Answer extends object, State>(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  act: () => Promise<Result<Answer, State>>,
  refused: (message: string, form: FormData, reason: TokenFault, confirm: null) => State,
): Promise<Result<Answer, State>> {
  const claim = await claimForm(caller, purpose, form, SAME_FORM_WAIT_MS)
  if (claim.kind === 'repeated') return ok(claim.answer as Answer)
  if (claim.kind !== 'first') {
    const message = translatorFor(caller.locale, 'validation')(TOKEN_MESSAGES[claim.kind])
    return fail(refused(message, form, claim.kind, null))
  }
  try {
    const outcome = await act()
    if (outcome.ok) await claim.finish(outcome.value).catch(notStored)
    else await claim.abandon()
    return outcome
  } catch (thrown) {
    await claim.breakOff()
    throw thrown
  }
}

/** It is done all the same, and if its answer is lost the audit entry has it. */
export const notStored = (error: unknown): void =>
  services().log.error('the answer to a form was not stored', { error })
