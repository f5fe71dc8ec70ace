import 'server-only'
import type { AuditAction } from '@/lib/audit'
import { ok, type Result } from '@/lib/kernel'
import type { OperatorCaller } from './caller'
import { once, type TokenFault } from './once'

/**
 * Changes once for each form what other people change too. When the form comes again, what its page showed no longer counts, because they may
 * have changed it back: `act` is then asked with `isRepeated` whether what the form chose is so, and it changes nothing.
 */
export async function changeOnce<T, Fault, State>(
  caller: OperatorCaller,
  purpose: AuditAction,
  form: FormData,
  act: (isRepeated: boolean) => Promise<Result<T, Fault>>,
  refused: (message: string, form: FormData, reason: TokenFault, confirm: null) => State,
): Promise<Result<T, Fault | State>> {
  let done = null as Result<T, Fault> | null
  const first = async () => {
    done = await act(false)
    return done.ok ? ok({}) : done
  }
  const outcome = await once<object, Fault | State>(caller, purpose, form, first, refused)
  return outcome.ok ? (done ?? act(true)) : outcome
}
