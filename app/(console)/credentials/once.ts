import 'server-only'
import type { Route } from 'next'
import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import type { OperatorCaller } from '@/app/_server/caller'
import { once as onceForEach } from '@/app/_server/once'
import type { AuditAction } from '@/lib/audit/entry'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok } from '@/lib/kernel/result'
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

/** Every page shows the status of mail, so all of them are loaded again. */
export function leadTo(done: Done, at: string): never {
  revalidatePath('/', 'layout')
  redirect(`${at}?done=${done}` as Route)
}
