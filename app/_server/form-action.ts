import { confirmPath } from '@/app/paths'
import 'server-only'
import type { Route } from 'next'
import { redirect } from 'next/navigation'
import type { Confirmation } from '@/components/confirm-fields'
import { may, type Permission } from '@/lib/access/permissions'
import {
  FORM_BYTES_MAX,
  formBytes,
  REQUEST_REFUSALS,
  type RequestRefusal,
  requestRefusal,
} from '@/lib/access/request-refusal'
import { type Answer, type PlainAction, SIGNED_OUT } from '@/lib/access/signed-out'
import type { SignedIn } from '@/lib/accounts/terms'
import type { Actor, Origin } from '@/lib/kernel/actor'
import { services } from '@/lib/services'
import { ANONYMOUS, callerOf, type OperatorCaller, recordDenial, recordRefusal, toSignIn } from './caller'
import { freshSession, takeProof } from './confirmation'
import { currentCall } from './request'
import { getTranslations } from './translations'

/**
 * `signed-out`: nobody, or no longer. `forbidden`: the role. `enrol`: a second factor is demanded first. `confirm`: the
 * session is not fresh enough for this. Else: W-04, W-03.
 */
export type ActionRefusal = RequestRefusal | 'signed-out' | 'forbidden' | 'enrol' | 'confirm'

const REFUSALS: readonly ActionRefusal[] = [
  ...REQUEST_REFUSALS,
  ...(['signed-out', 'forbidden', 'enrol', 'confirm'] as const),
]
export const isActionRefusal = (text: unknown): text is ActionRefusal => REFUSALS.some((reason) => reason === text)

/** `anyone`: before sign-in. `signed-in`: also while a demanded second factor is still missing. */
type ActionGate = Permission | 'anyone' | 'signed-in'

/** The client's half is components/server-action. */
export type FormAction<State> = (previous: State, form: FormData) => Promise<Answer<State>>

interface Passed {
  session: SignedIn | null
  origin: Origin
  headers: Headers
}

/** Everything that is asked before an action runs, in this order; the first No is recorded and nothing else happens. */
async function gate(
  name: string,
  permission: ActionGate,
  form: unknown,
): Promise<Passed & { refusal: ActionRefusal | null }> {
  const { headers, origin } = await currentCall()
  const session = await services().signIn.getSession(headers)
  const { operator } = session ?? {}
  const actor: Actor = operator
    ? { kind: 'operator', id: operator.id, email: operator.email, role: operator.role }
    : ANONYMOUS
  const passed = { session, origin, headers }

  const forged =
    requestRefusal(headers, services().environment.baseUrl.origin) ??
    (!(form instanceof FormData) ? 'content-type' : formBytes(form) > FORM_BYTES_MAX ? 'too-large' : null)
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

/** Sent along by the framework's script. */
const SCRIPT_HEADER = 'next-action'

/** With `useActionState` the form comes second, in a plain form it is the only argument; anything else is no form. */
const formIn = (args: readonly unknown[]): unknown => args.at(-1)

type Freshness = boolean | 'each-time'

export interface FormActionOptions<State> {
  /** `<subject>.<verb>`, unique: the row of the role table. */
  name: string
  permission: Permission
  /**
   * Whether this wants a session younger than ten minutes, always or for this very form. An older one is asked for
   * password and second factor: `refused` gets them as `confirm`, for the form to show by `ConfirmFields`. `each-time`: a
   * fresh session is asked as well.
   */
  fresh?: Freshness | ((form: FormData, session: SignedIn) => Promise<Freshness>)
  /** Does the thing. `form` holds texts only as far as the caller checks: read fields by name, one by one. */
  run(caller: OperatorCaller, form: FormData, previous: State): Promise<State>
  /**
   * What the form shows when nothing was done: a sentence in the caller's language. A server action cannot choose its
   * status, so this is the whole refusal, beside its audit row. No secret in it: the state travels in clear text.
   */
  refused(message: string, form: FormData, reason: ActionRefusal, confirm: Confirmation | null): State
}

/**
 * The one door of every server action (W-02, W-04): same-origin proof, size, who is calling, what the role allows, whether
 * the session is fresh enough; then `run`. Export its result from a `'use server'` file: `export const saveAction = formAction({ … })`.
 */
export function formAction<State>(options: FormActionOptions<State>): FormAction<State> {
  return async (...args: [previous: State, form: FormData]): Promise<Answer<State>> => {
    const form = formIn(args)
    const { session, refusal, ...call } = await gate(options.name, options.permission, form)
    const fields = form instanceof FormData ? form : new FormData()
    const proof = takeProof(fields)
    if (refusal === 'signed-out' || !session) {
      // Without scripts nothing on the page can say it, and the page's own redirect (307) would repeat the post.
      return call.headers.has(SCRIPT_HEADER) ? SIGNED_OUT : toSignIn(call.headers)
    }
    if (refusal) return options.refused(await refusalMessage(refusal), fields, refusal, null)
    const wanted = typeof options.fresh === 'function' ? await options.fresh(fields, session) : options.fresh
    if (!wanted) return options.run(await callerOf(session, call.origin), fields, args[0])
    const fresh = await freshSession(call, session, proof, { what: options.name, always: wanted === 'each-time' })
    if ('asked' in fresh) return options.refused(await refusalMessage('confirm'), fields, 'confirm', fresh.asked)
    return options.run(await callerOf(fresh.session, call.origin), fields, args[0])
  }
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
  return async (...args: [previous: State, form: FormData]): Promise<State> => {
    const form = formIn(args)
    const { refusal, ...call } = await gate(options.name, options.permission, form)
    const fields = form instanceof FormData ? form : new FormData()
    if (refusal) return options.refused(await refusalMessage(refusal), fields, refusal)
    return options.run(call, fields, args[0])
  }
}

/** Says in the person's language why nothing was done. */
export async function refusalMessage(reason: ActionRefusal): Promise<string> {
  return (await getTranslations('people'))(`refusal.${reason}`)
}

/** For a form without a state of its own: a button. Its outcome is where it leads, so `run` and `refused` end in `redirect`. */
export function plain(action: FormAction<void>): PlainAction {
  return (...args: [form: FormData]) => action(undefined, args[0])
}

/** Where a refused button of its own leads: to the step that makes the session fresh, or back with the reason. */
export const backTo =
  (path: string): FormActionOptions<void>['refused'] =>
  (_, __, reason) =>
    redirect((reason === 'confirm' ? confirmPath(path) : `${path}?refused=${reason}`) as Route)
