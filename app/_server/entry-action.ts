import 'server-only'
import type { ActionRefusal } from '@/lib/access/action-refusal'
import type { Call, SignedIn } from '@/lib/accounts/terms'
import { toSignIn } from './caller'
import { gate, leading, refusalMessage } from './form-action'
import { SCRIPT_HEADER } from './refused-request'

/** As `formActions`, for the few actions on the way in and out: `anyone` or `signed-in`. */
export const entryActions =
  <State>(permission: 'anyone' | 'signed-in', refused: (...why: [string, FormData, ActionRefusal]) => State) =>
  (name: string, run: (call: Call & { session: SignedIn | null }, form: FormData) => Promise<State>) =>
    leading(async (...args: [previous: State, form: FormData]): Promise<State> => {
      const { call, session, form, refusal } = await gate(name, permission, args)
      // Its fields hold nothing but secrets. The page would send the browser, and with it the password, to the sign-in page as a form.
      if (refusal === 'signed-out' && !call.headers.has(SCRIPT_HEADER)) toSignIn(call.headers)
      if (refusal) return refused(await refusalMessage(refusal), form, refusal)
      return run({ ...call, session }, form)
    })
