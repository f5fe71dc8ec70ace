import 'server-only'
import type { AuditAction } from '@/lib/audit'
import type { Result } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { OperatorCaller } from './caller'
import { claimForm } from './form-token'

/** Longest wait for the answer to the same form, sent a moment before. */
const SAME_FORM_WAIT_MS = 15_000

/** `done`: by this post or an earlier one, with its answer. `token`: the form's token could not be used. */
export type Once<Refusal> =
  | { kind: 'done'; answer: unknown }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'token'; reason: 'malformed' | 'other-content' | 'running' }

/** Carries a step out once for each form, however often it is posted. A refused step leaves the token free for the corrected form. */
export async function once<Refusal>(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  act: () => Promise<Result<object, Refusal>>,
): Promise<Once<Refusal>> {
  const claim = await claimForm(caller, purpose, form, SAME_FORM_WAIT_MS)
  if (claim.kind === 'repeated') return { kind: 'done', answer: claim.answer }
  if (claim.kind !== 'first') return { kind: 'token', reason: claim.kind }
  try {
    const outcome = await act()
    if (outcome.ok) await claim.finish(outcome.value).catch(notStored)
    else await claim.abandon()
    return outcome.ok ? { kind: 'done', answer: outcome.value } : { kind: 'refused', refusal: outcome.error }
  } catch (thrown) {
    await claim.breakOff()
    throw thrown
  }
}

/** It is done all the same, and if its answer is lost the audit entry has it. */
export const notStored = (error: unknown): void =>
  services().log.error('The answer to a form was not stored', { error })

export const TOKEN_MESSAGES = {
  malformed: 'refused.tokenMissing',
  'other-content': 'refused.tokenReused',
  running: 'refused.stillRunning',
} as const

/**
 * The same for a save, whose answer names the new revision as the details of its audit entry do: as `version` or as `number`.
 * `refused` gets a key of `validation`.
 */
export async function saveOnce<State>(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  how: {
    act(): Promise<Result<{ version: number } | { number: number }, State>>
    saved(number: number): State
    refused(key: (typeof TOKEN_MESSAGES)[keyof typeof TOKEN_MESSAGES]): State
  },
): Promise<State> {
  const outcome = await once(caller, purpose, form, how.act)
  if (outcome.kind === 'refused') return outcome.refusal
  if (outcome.kind === 'token') return how.refused(TOKEN_MESSAGES[outcome.reason])
  const { version, number = version }: { version?: unknown; number?: unknown } = Object(outcome.answer)
  return typeof number === 'number' ? how.saved(number) : how.refused(TOKEN_MESSAGES.running)
}
