import { confirmPath, ENROL_PATH, SIGN_IN_PATH } from '@/app/paths'
import 'server-only'
import { forbidden, redirect } from 'next/navigation'
import { cache } from 'react'
import { may, type Permission } from '@/lib/access/permissions'
import { PATH_HEADER, type RequestRefusal, requestRefusal, STATUS_OF } from '@/lib/access/request-refusal'
import type { SignedIn } from '@/lib/accounts/terms'
import type { Locale } from '@/lib/i18n/locale'
import type { Actor, Origin } from '@/lib/kernel/actor'
import { services } from '@/lib/services'
import { parseCallbackUrl } from '@/lib/validation/site-path'
import { currentCall, originOf } from './request'
import { currentLocale, getTranslations } from './translations'

/** Who is calling, from where, in which language: what every page, action and route knows before it does anything. */
export interface OperatorCaller {
  actor: Extract<Actor, { kind: 'operator' }>
  origin: Origin
  sessionId: string
  locale: Locale
  name: string
}

export const signedIn = cache(
  async (): Promise<SignedIn | null> => services().signIn.getSession((await currentCall()).headers),
)

export async function callerOf(session: SignedIn, origin: Origin): Promise<OperatorCaller> {
  const { id, email, role, name, locale } = session.operator
  return {
    actor: { kind: 'operator', id, email, role },
    origin,
    sessionId: session.sessionId,
    locale: locale ?? (await currentLocale()),
    name: name || email,
  }
}

export const ANONYMOUS: Actor = { kind: 'anonymous' }

/** A forged or malformed request: refused before its content was looked at. */
export async function recordRefusal(actor: Actor, origin: Origin, what: string, why: RequestRefusal): Promise<void> {
  await services().refusals.record({
    action: 'request.refused',
    actor,
    origin,
    result: 'refused',
    subject: null,
    details: { what, why },
  })
}

/** Nobody, or somebody whose role is too small, asked for something. */
export async function recordDenial(actor: Actor, origin: Origin, what: string): Promise<void> {
  await services().refusals.record({
    action: 'access.denied',
    actor,
    origin,
    result: 'refused',
    subject: null,
    details: { what },
  })
}

/** For pages anyone signed in may see, even before a demanded second factor is there: enrolment itself. */
export async function requireSession(): Promise<{ session: SignedIn; caller: OperatorCaller }> {
  const { headers, origin } = await currentCall()
  const session = await signedIn()
  if (session) return { session, caller: await callerOf(session, origin) }
  return toSignIn(headers)
}

/** Leads to the sign-in page, and from there back to the page of this request. */
export function toSignIn(headers: Headers): never {
  const path = parseCallbackUrl(headers.get(PATH_HEADER))
  redirect(path.ok && path.value !== '/' ? `${SIGN_IN_PATH}?next=${encodeURIComponent(path.value)}` : SIGN_IN_PATH)
}

/**
 * The gate of every page. Nobody signed in: to the sign-in page. A second factor is demanded and not there: to enrolment.
 * The role does not allow it: the forbidden page, and an audit row.
 */
export async function requireCaller(permission: Permission): Promise<OperatorCaller> {
  const { session, caller } = await requireSession()
  if (session.mustEnrol) redirect(ENROL_PATH)
  if (may(caller.actor.role, permission)) return caller
  await recordDenial(caller.actor, caller.origin, permission)
  forbidden()
}

/** Says why in the reader's language, as a refused form does. */
async function answer(
  status: number,
  reason: RequestRefusal | 'signed-out' | 'forbidden' | 'enrol' | 'confirm',
): Promise<Response> {
  const text = await getTranslations('people')
  return Response.json({ error: text(`refusal.${reason}`) }, { status, headers: { 'cache-control': 'no-store' } })
}

const SAFE_METHODS = ['GET', 'HEAD']

/**
 * The gate of every route handler: the caller, or the response that turns them away. 401 nobody signed in · 403 not from a
 * page of ours, or the role does not allow it · 413 too large · 415 not form data. Each refusal leaves one audit row.
 *
 * @param options.freshFrom Wants a session younger than ten minutes. A link is led to the step that makes it so and then to
 * this page, where it stands; anything else gets 403.
 */
export async function routeCaller(
  request: Request,
  permission: Permission,
  { freshFrom }: { freshFrom?: string } = {},
): Promise<OperatorCaller | Response> {
  const origin = originOf(request.headers)
  const session = await services().signIn.getSession(request.headers)
  const actor = session ? (await callerOf(session, origin)).actor : ANONYMOUS
  const refusal = SAFE_METHODS.includes(request.method)
    ? null
    : requestRefusal(request.headers, services().environment.baseUrl.origin)
  if (refusal) {
    await recordRefusal(actor, origin, permission, refusal)
    return answer(STATUS_OF[refusal], refusal)
  }
  if (session && !session.mustEnrol && may(session.operator.role, permission)) {
    const { signIn, environment } = services()
    if (freshFrom === undefined || signIn.isFresh(session)) return callerOf(session, origin)
    await signIn.demandConfirmation({ headers: request.headers, origin }, session, permission)
    if (request.method !== 'GET') return answer(403, 'confirm')
    return Response.redirect(new URL(confirmPath(freshFrom), environment.baseUrl), 303)
  }
  await recordDenial(actor, origin, permission)
  if (!session) return answer(401, 'signed-out')
  return answer(403, session.mustEnrol ? 'enrol' : 'forbidden')
}
