import 'server-only'
import type { ActionRefusal } from '@/lib/access/action-refusal'
import type { Call, SignedIn } from '@/lib/accounts/terms'
import { toSignIn } from './caller'
import { gate, leading, refusalMessage, SCRIPT_HEADER } from './form-action'

/** As `formAction`, for the few actions on the way in and out: `anyone` or `signed-in`. */
export function entryAction<State>(options: {
  name: string
  permission: 'anyone' | 'signed-in'
  run(call: Call & { session: SignedIn | null }, form: FormData, previous: State): Promise<State>
  refused(message: string, form: FormData, reason: ActionRefusal): State
}): (previous: State, form: FormData) => Promise<State> {
  return leading(async (...args: [previous: State, form: FormData]): Promise<State> => {
    const { call, session, form, refusal } = await gate(options.name, options.permission, args)
    // Its fields hold nothing but secrets. The page would send the browser, and with it the password, to the sign-in page as a form.
    if (refusal === 'signed-out' && !call.headers.has(SCRIPT_HEADER)) toSignIn(call.headers)
    if (refusal) return options.refused(await refusalMessage(refusal), form, refusal)
    return options.run({ ...call, session }, form, args[0])
  })
}
