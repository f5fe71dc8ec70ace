import 'server-only'
import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import type { OperatorCaller } from '@/app/_server/caller'
import { once as onceForEach } from '@/app/_server/once'
import { withQuery } from '@/app/paths'
import type { AuditAction } from '@/lib/audit/entry'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok } from '@/lib/kernel/result'
import { chosenIn } from './ids'
import { type CredentialOutcome, type Done, refused } from './outcome'

/** Does a step once for each form. @returns null if it is done, by this request or an earlier one */
export async function once(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  act: () => Promise<CredentialOutcome | null>,
): Promise<CredentialOutcome | null> {
  const outcome = await onceForEach(caller, purpose, form, async () => {
    const refusal = await act()
    return refusal === null ? ok({ done: true }) : fail(refusal)
  })
  if (outcome.kind === 'done') return null
  return outcome.kind === 'refused'
    ? outcome.refusal
    : refused(translatorFor(caller.locale, 'credentials')('fault.token'))
}

/**
 * Every page shows the status of mail, so all of them are loaded again.
 *
 * @param form While several credentials are replaced one after the other, it names them, and the next page does so too.
 */
export function leadTo(done: Done, at: string, form?: FormData): never {
  revalidatePath('/', 'layout')
  redirect(withQuery(at, { done, chosen: chosenIn(form?.get('chosen')).join(',') || undefined }))
}
