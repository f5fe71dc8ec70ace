import { confirmPath } from '@/app/paths'
import 'server-only'
import type { Route } from 'next'
import { refresh } from 'next/cache'
import { redirect, unstable_rethrow } from 'next/navigation'
import type { Confirmation } from '@/components/confirm-fields'
import type { ActionRefusal } from '@/lib/access/action-refusal'
import { may, type Permission } from '@/lib/access/permissions'
import { bytesMaxIn, excessIn, isTooLarge, requestRefusal } from '@/lib/access/request-refusal'
import { type Answer, type PlainAction, SIGNED_OUT } from '@/lib/access/signed-out'
import type { SignedIn } from '@/lib/accounts/terms'
import type { Origin } from '@/lib/kernel/actor'
import { services } from '@/lib/services'
import { ANONYMOUS, actorOf, callerOf, type OperatorCaller, recordDenial, recordRefusal, toSignIn } from './caller'
import { freshSession, takeConfirmation } from './confirmation'
import { currentCall } from './request'
import { getTranslations } from './translations'

/** `anyone`: before sign-in. `signed-in`: also while a demanded second factor is still missing. */
type ActionGate = Permission | 'anyone' | 'signed-in'

/** The client's half is components/server-action. */
export type FormAction<State> = (previous: State, form: FormData) => Promise<Answer<State>>

interface Passed {
  session: SignedIn | null
  origin: Origin
  headers: Headers
}

/** Every check before an action runs, in this order. The first one that fails is recorded, and nothing else happens. */
async function gate(
  name: string,
  permission: ActionGate,
  form: unknown,
): Promise<Passed & { refusal: ActionRefusal | null }> {
  const { headers, origin } = await currentCall()
  const session = await services().signIn.getSession(headers)
  const actor = session ? actorOf(session) : ANONYMOUS
  const passed = { session, origin, headers }

  const forged =
    requestRefusal(headers, services().environment.baseUrl.origin) ??
    (!(form instanceof FormData) ? 'content-type' : isTooLarge(form, bytesMaxIn(headers)) ? excessIn(headers) : null)
  if (forged) {
    await recordRefusal(actor, origin, name, forged)
    return { ...passed, refusal: forged }
  }
  const denied = permission === 'anyone' ? null : denial(session, permission)
  if (denied) await recordDenial(actor, origin, name)
  return { ...passed, refusal: denied }
}

function denial(session: SignedIn | null, permission: Permission | 'signed-in'): ActionRefusal | null {
  if (!session) return 'signed-out'
  if (permission === 'signed-in') return null
  if (session.mustEnrol) return 'enrol'
  return may(session.operator.role, permission) ? null : 'forbidden'
}

/** Sent by the framework's script with every post. */
const SCRIPT_HEADER = 'next-action'

/** With `useActionState` the form is the second argument, in a plain form the only one. */
const formIn = <Form>(args: readonly Form[]): Form => args.at(-1) as Form

/** An action that leads elsewhere has the frame around the page read again too: it shows the state of mail. */
const leading =
  <Args extends unknown[], State>(action: (...args: Args) => Promise<State>) =>
  (...args: Args): Promise<State> =>
    action(...args).catch((thrown: unknown) => {
      try {
        unstable_rethrow(thrown)
      } catch {
        refresh()
      }
      // After a fault the page is not read again: that may fail as well, and what was typed would be gone.
      throw thrown
    })

type Freshness = boolean | 'each-time'

export interface FormActionOptions<State> {
  /** `<subject>.<verb>`, unique: the row of the role table. */
  name: string
  permission: Permission
  /**
   * Whether the session must be younger than ten minutes, always or for this form. For an older one `refused` gets `confirm`,
   * which the form shows by `ConfirmFields`: password and second factor. `each-time` asks even in a fresh session.
   */
  fresh?: Freshness | ((form: FormData, session: SignedIn) => Promise<Freshness>)
  /** Carries the action out. `form` is not validated yet: read its fields by name, one by one. */
  run(caller: OperatorCaller, form: FormData, previous: State): Promise<State>
  /**
   * What the form shows when nothing was done: a sentence in the caller's language. A server action cannot choose its
   * status, so this and an audit entry are the whole refusal. It must not hold a secret: the state travels in clear text.
   */
  refused(message: string, form: FormData, reason: ActionRefusal, confirm: Confirmation | null): State
}

/**
 * Wraps every server action: it checks the origin, the size, the caller, the role and the age of the session, then calls `run`.
 * Export its result from a `'use server'` file: `export const saveAction = formAction({ … })`.
 */
export function formAction<State>(options: FormActionOptions<State>): FormAction<State> {
  return leading(async (...args: [previous: State, form: FormData]): Promise<Answer<State>> => {
    const form = formIn(args)
    const { session, refusal, ...call } = await gate(options.name, options.permission, form)
    const fields = form instanceof FormData ? form : new FormData()
    const input = takeConfirmation(fields)
    if (refusal === 'signed-out' || !session) {
      // Without scripts the page cannot say it, and its redirect (307) would repeat the post.
      return call.headers.has(SCRIPT_HEADER) ? SIGNED_OUT : toSignIn(call.headers)
    }
    if (refusal) return options.refused(await refusalMessage(refusal), fields, refusal, null)
    const wanted = typeof options.fresh === 'function' ? await options.fresh(fields, session) : options.fresh
    if (!wanted) return options.run(await callerOf(session, call.origin), fields, args[0])
    const fresh = await freshSession(call, session, input, { what: options.name, always: wanted === 'each-time' })
    if ('confirmation' in fresh)
      return options.refused(await refusalMessage('confirm'), fields, 'confirm', fresh.confirmation)
    return options.run(await callerOf(fresh.session, call.origin), fields, args[0])
  })
}

/** As `formAction`, for the few actions on the way in and out: `anyone` or `signed-in`. */
export function entryAction<State>(options: {
  name: string
  permission: 'anyone' | 'signed-in'
  run(
    call: { headers: Headers; origin: Origin; session: SignedIn | null },
    form: FormData,
    previous: State,
  ): Promise<State>
  refused(message: string, form: FormData, reason: ActionRefusal): State
}): (previous: State, form: FormData) => Promise<State> {
  return leading(async (...args: [previous: State, form: FormData]): Promise<State> => {
    const form = formIn(args)
    const { refusal, ...call } = await gate(options.name, options.permission, form)
    const fields = form instanceof FormData ? form : new FormData()
    if (refusal) return options.refused(await refusalMessage(refusal), fields, refusal)
    return options.run(call, fields, args[0])
  })
}

/** Says in the person's language why nothing was done. */
export async function refusalMessage(reason: ActionRefusal): Promise<string> {
  return (await getTranslations('people'))(`refusal.${reason}`)
}

/** For a form without a state, such as a single button. `run` and `refused` both end in `redirect`. */
export function plain(action: FormAction<void>): PlainAction {
  return (...args: [form: FormData]) => action(undefined, formIn(args))
}

export const plainAction = (options: FormActionOptions<void>): PlainAction => plain(formAction(options))

/** Where a refused button leads: to the step that makes the session fresh, or back to its page with the reason. */
export const backTo =
  (page: string | ((form: FormData) => string)): FormActionOptions<void>['refused'] =>
  (_, form, reason) => {
    const path = typeof page === 'string' ? page : page(form)
    const withReason = `${path}${path.includes('?') ? '&' : '?'}refused=${reason}`
    redirect((reason === 'confirm' ? confirmPath(path) : withReason) as Route)
  }
