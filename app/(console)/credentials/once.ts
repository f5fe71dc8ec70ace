import 'server-only'
import type { Caller } from '@/app/_server/caller'
import { claimForm } from '@/app/_server/form-token'
import type { AuditAction } from '@/lib/audit/entry'
import { wordsFor } from '@/lib/kernel/words'
import { type CredentialOutcome, refused } from './outcome'

/** Longest wait for the answer of the same form sent a moment before. */
const SAME_FORM_WAIT_MS = 15_000

/**
 * Does a step once for each form, however often it is posted. Null: it is done, by this post or an earlier one. What was
 * not done leaves the token free, so the mended form may be sent with it.
 */
export async function once(
  caller: Caller,
  purpose: AuditAction,
  form: FormData,
  act: () => Promise<CredentialOutcome | null>,
): Promise<CredentialOutcome | null> {
  const claim = await claimForm(caller, purpose, form, SAME_FORM_WAIT_MS)
  if (claim.kind === 'repeated') return null
  if (claim.kind !== 'first') return refused(wordsFor(caller.locale, 'credentials')('fault.token'))
  try {
    const outcome = await act()
    if (outcome === null) await claim.finish({ done: true })
    else await claim.abandon()
    return outcome
  } catch (thrown) {
    await claim.abandon()
    throw thrown
  }
}
