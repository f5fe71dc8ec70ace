import 'server-only'
import { refresh, revalidatePath } from 'next/cache'
import { unstable_rethrow } from 'next/navigation'
import type { Confirmation } from '@/components/confirm-fields'
import { isShownToOther } from '@/lib/access/account-field'
import { type ActionRefusal, isActionRefusal } from '@/lib/access/action-refusal'
import { may, type Permission } from '@/lib/access/permissions'
import { bytesMaxIn, excessIn, isTooLarge, type RequestRefusal, requestRefusal } from '@/lib/access/request-refusal'
import { type Answer, SIGNED_OUT } from '@/lib/access/signed-out'
import type { SignedIn } from '@/lib/accounts/terms'
import { services } from '@/lib/services'
import { ANONYMOUS, actorOf, callerOf, type OperatorCaller, recordDenial, recordRefusal } from './caller'
import { freshSession, takeConfirmation } from './confirmation'
import { withCause } from './database-cause'
import { TOKEN_MESSAGES, type TokenFault } from './once'
import { rememberRefused, SCRIPT_HEADER } from './refused-request'
import { currentCall } from './request'
import { getTranslations } from './translations'

/** The client's half is components/action-form. */
export type FormAction<State> = (previous: State, form: FormData) => Promise<Answer<State>>

type Freshness = boolean | 'each-time'

/**
 * What the form shows when nothing was done: a sentence in the caller's language. A server action cannot choose its
 * status, so this and an audit entry are the whole refusal. It must not hold a secret: the state travels in clear text.
 */
export type Refused<State> = (
  message: string,
  form: FormData,
  reason: ActionRefusal | TokenFault,
  confirm: Confirmation | null,
) => State

export interface Options {
  /**
   * Whether the session must be younger than ten minutes, always or for this form. For an older one `refused` gets `confirm`,
   * which the form shows by `ConfirmFields`: password and second factor. `each-time` asks even in a fresh session.
   */
  fresh?: Freshness | ((form: FormData, session: SignedIn) => Promise<Freshness>)
}

/** Carries the action out. `form` is not validated yet: read its fields by name, one by one. */
export type Run<State> = (caller: OperatorCaller, form: FormData, previous: State) => Promise<State>

/**
 * Wraps every server action: it checks the origin, the size, the caller, the role and the age of the session, then calls `run`.
 * In a `'use server'` file: `const write = formActions(permission, refused)` and `export const saveAction = write(name, run)`. The name
 * is `<subject>.<verb>`, unique: the row of the role table.
 */
export const formActions =
  <State>(permission: Permission, refusedState: Refused<State>, { fresh: freshness }: Options = {}) =>
  (name: string, run: Run<State>): FormAction<State> =>
    leading(async (...args: [previous: State, form: FormData]): Promise<Answer<State>> => {
      const { call, session, form, refusal } = await gate(name, permission, args)
      const input = takeConfirmation(form)
      if (!session) return call.headers.has(SCRIPT_HEADER) ? SIGNED_OUT : args[0]
      const refused = async (reason: ActionRefusal, confirm: Confirmation | null) =>
        refusedState(await refusalMessage(reason), form, reason, confirm)
      if (refusal) return refused(refusal, null)
      const wanted = typeof freshness === 'function' ? await freshness(form, session) : freshness
      const fresh = wanted
        ? await freshSession(call, session, input, { what: name, always: wanted === 'each-time' })
        : { session }
      if ('confirmation' in fresh) return refused('confirm', fresh.confirmation)
      return run(await callerOf(fresh.session, call.origin), form, args[0])
    })

/** An action that leads elsewhere has the frame around the page read again too: it shows the state of mail. */
export const leading =
  <Args extends unknown[], State>(action: (...args: Args) => Promise<State>) =>
  (...args: Args): Promise<State> =>
    action(...args).then(rememberRefused, (thrown: unknown) => {
      try {
        unstable_rethrow(thrown)
      } catch {
        refresh()
      }
      // After a fault the page is not read again: that may fail as well, and what was typed would be gone.
      throw withCause(thrown)
    })

/** Every page shows the state of mail, so all of them are read again. */
export const showEverywhere = (): void => revalidatePath('/', 'layout')

/** `anyone`: before sign-in. `signed-in`: also while a demanded second factor is still missing. */
type Gate = Permission | 'anyone' | 'signed-in'

/** Every check before an action runs, in this order. The first one that fails is recorded, and nothing else happens. */
export async function gate(name: string, permission: Gate, args: readonly unknown[]) {
  const body = args.at(-1) // the second argument with `useActionState`, in a plain form the only one
  const call = await currentCall()
  const session = await services().signIn.getSession(call.headers)
  const actor = session ? actorOf(session) : ANONYMOUS
  const form = body instanceof FormData ? body : new FormData()
  const forged = forgery(call.headers, body)
  const denied = forged ? null : denial(session, permission, form)
  if (forged) await recordRefusal(actor, call.origin, name, forged)
  if (denied) await recordDenial(actor, call.origin, name)
  return { call, session, form, refusal: forged ?? denied }
}

function forgery(headers: Headers, body: unknown): RequestRefusal | null {
  const refusal = requestRefusal(headers, services().environment.baseUrl.origin)
  if (refusal) return refusal
  if (!(body instanceof FormData)) return 'content-type'
  return isTooLarge(body, bytesMaxIn(headers)) ? excessIn(headers) : null
}

function denial(
  session: SignedIn | null,
  permission: Gate,
  form: FormData,
): Exclude<ActionRefusal, RequestRefusal> | null {
  if (permission === 'anyone') return null
  if (!session) return 'signed-out'
  if (permission === 'signed-in') return null
  if (session.mustEnrol) return 'enrol'
  const { id, role } = session.operator
  if (isShownToOther(form, id)) return 'other-account'
  return may(role, permission) ? null : 'forbidden'
}

export const refusalMessage = async (reason: ActionRefusal | TokenFault): Promise<string> =>
  isActionRefusal(reason)
    ? (await getTranslations('people'))(`refusal.${reason}`)
    : (await getTranslations('validation'))(TOKEN_MESSAGES[reason])
