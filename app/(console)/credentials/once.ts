import 'server-only'
import { type Outcome, refused } from '@/app/_form/outcome'
import { leadToPage } from '@/app/_server/actions'
import type { OperatorCaller } from '@/app/_server/caller'
import { once as onceForEach } from '@/app/_server/once'
import type { AuditAction } from '@/lib/audit'
import { type KeyUnder, translatorFor } from '@/lib/i18n/translations'
import { fail, ok } from '@/lib/kernel'
import { chosenIn } from './chosen-ids'

/** Does a step once for each form. @returns null if it is done, by this request or an earlier one */
export async function once(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  act: () => Promise<Outcome | null>,
): Promise<Outcome | null> {
  const outcome = await onceForEach(caller, purpose, form, async () => {
    const refusal = await act()
    return refusal === null ? ok({ done: true }) : fail(refusal)
  })
  if (outcome.kind === 'done') return null
  return outcome.kind === 'refused'
    ? outcome.refusal
    : refused(translatorFor(caller.locale, 'credentials')('fault.token'))
}

/** The confirmation that the next page shows: `?done=…`. */
export type Done = KeyUnder<'credentials', 'done'>

/** @param form While several credentials are replaced one after the other, it names them, and the next page does so too. */
export const leadTo = (done: Done, at: string, form: FormData): never =>
  leadToPage(at, { done, chosen: chosenIn(form.get('chosen')).join(',') })
