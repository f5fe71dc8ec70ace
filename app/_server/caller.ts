import 'server-only'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { confirmPath, ENROL_PATH, signInPath } from '@/app/paths'
import { readForm } from '@/lib/access/form-body'
import { isPlainPost } from '@/lib/access/incoming-requests'
import { may, type Permission } from '@/lib/access/permissions'
import { PATH_HEADER, type RequestRefusal, requestRefusal, STATUS_OF } from '@/lib/access/request-refusal'
import type { SignedIn } from '@/lib/accounts/terms'
import { auditEntry } from '@/lib/audit'
import type { Locale } from '@/lib/i18n/locale'
import type { Actor, Origin } from '@/lib/kernel'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'
import { refuse } from './refusal'
import { currentCall, originOf } from './request'
import { currentLocale, getTranslations } from './translations'

/** Who is calling, from where and in which language. Every page, action and route finds this out first. */
export interface OperatorCaller {
  actor: Extract<Actor, { kind: 'operator' }>
  origin: Origin
  sessionId: string
  /** The language of the request. What the account stores is for mail to that person, and for the next browser in which they sign in. */
  locale: Locale
  name: string
}

export const signedIn = cache(
  async (): Promise<SignedIn | null> => services().signIn.getSession((await currentCall()).headers),
)

export function actorOf({ operator: { id, email, role } }: SignedIn): OperatorCaller['actor'] {
  return { kind: 'operator', id, email, role }
}

export async function callerOf(session: SignedIn, origin: Origin): Promise<OperatorCaller> {
  const { email, name } = session.operator
  return {
    actor: actorOf(session),
    origin,
    sessionId: session.sessionId,
    locale: await currentLocale(),
    name: name || email,
  }
}

export const ANONYMOUS: Actor = { kind: 'anonymous' }

/** Records a forged or malformed request, which was refused before its content was read. */
export const recordRefusal = (actor: Actor, origin: Origin, what: string, why: RequestRefusal): Promise<void> =>
  services().refusals.record(auditEntry('request.refused', { actor, origin }, null, { what, why }, 'refused'))

/** Records that a caller without a session, with too small a role, or of another account than the form’s was turned away. */
export const recordDenial = (actor: Actor, origin: Origin, what: string): Promise<void> =>
  services().refusals.record(auditEntry('access.denied', { actor, origin }, null, { what }, 'refused'))

/** For pages that any signed-in operator may see, even before a demanded second factor is set up: enrolment itself. */
export async function requireSession(): Promise<{ session: SignedIn; caller: OperatorCaller }> {
  const { headers, origin } = await currentCall()
  const session = await signedIn()
  if (session) return { session, caller: await callerOf(session, origin) }
  return toSignIn(headers)
}

/**
 * For what an old session, which may be a stolen one, does not get to see: leads it to the step that makes it fresh, and from there to
 * this path. Each time leaves an audit entry.
 */
export async function requireFresh(session: SignedIn, path: string): Promise<void> {
  const { signIn } = services()
  if (signIn.isFresh(session)) return
  await signIn.demandConfirmation(await currentCall(), session, path)
  redirect(confirmPath(path))
}

/** Leads to the sign-in page, and from there back to the page of this request. */
export function toSignIn(headers: Headers): never {
  const path = sitePathIn(headers.get(PATH_HEADER))
  redirect(signInPath(path === '/' ? null : path))
}

/**
 * The check of every page. Without a session it leads to the sign-in page, without a demanded second factor to enrolment. If the
 * role does not allow the page, it shows the forbidden page and leaves an audit entry. A posted form is not led away: the browser has
 * what was typed and sends it again.
 */
export async function requireCaller(permission: Permission): Promise<OperatorCaller> {
  if (isPlainPost((await currentCall()).headers) && !(await signedIn())) refuse('signedOut')
  const { session, caller } = await requireSession()
  if (session.mustEnrol) redirect(ENROL_PATH)
  if (may(caller.actor.role, permission)) return caller
  await recordDenial(caller.actor, caller.origin, permission)
  return refuse('forbidden')
}

/** Says why in the reader's language, as a refused form does. */
async function answer(status: number, reason: RequestRefusal | 'signed-out' | 'forbidden' | 'enrol' | 'confirm') {
  const text = await getTranslations('people')
  return Response.json({ error: text(`refusal.${reason}`) }, { status, headers: { 'cache-control': 'no-store' } })
}

const SAFE_METHODS = ['GET', 'HEAD']

const isAllowed = ({ mustEnrol, operator }: SignedIn, permission: Permission): boolean =>
  !mustEnrol && may(operator.role, permission)

/**
 * The check of every route handler. Returns the caller, or the response that rejects the request: 401 without a session,
 * 403 if it comes from elsewhere or the role does not allow it, 413 if it is too large, 415 if it is not form data.
 * Each refusal leaves one audit entry.
 *
 * @param options.freshFrom The session must be younger than ten minutes. A link is led to the step that makes it so, and then
 * to this path, the page that has the link; any other method gets 403.
 */
export async function routeCaller(
  request: Request,
  permission: Permission,
  { freshFrom }: { freshFrom?: string } = {},
): Promise<OperatorCaller | Response> {
  const origin = originOf(request.headers)
  const session = await services().signIn.getSession(request.headers)
  const actor = session ? actorOf(session) : ANONYMOUS
  const refusal = SAFE_METHODS.includes(request.method)
    ? null
    : requestRefusal(request.headers, services().environment.baseUrl.origin)
  if (refusal) {
    await recordRefusal(actor, origin, permission, refusal)
    return answer(STATUS_OF[refusal], refusal)
  }
  if (session && isAllowed(session, permission)) {
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

/** The caller of a route, and its form. Checked again after the form, because a slow body takes a minute in which the session may end. */
export async function routeForm(request: Request, permission: Permission) {
  const early = await routeCaller(request, permission)
  if (early instanceof Response) return early
  const form = await readForm(request)
  if (form === 'cut-off') return new Response(null, { status: 400 })
  const caller = await routeCaller(request, permission)
  if (caller instanceof Response) return caller
  if (typeof form !== 'string') return { caller, form }
  await recordRefusal(caller.actor, caller.origin, permission, form)
  return answer(STATUS_OF[form], form)
}

/**
 * The parts of an answer while the session of its request still counts: a client that reads slowly takes hours. After that the connection
 * is cut, so that a part of a file is not taken for all of it.
 */
export async function* whileAllowed<Part>(request: Request, permission: Permission, parts: AsyncIterable<Part>) {
  for await (const part of parts) {
    const session = await services().signIn.getSession(request.headers)
    if (!session || !isAllowed(session, permission)) {
      await recordDenial(session ? actorOf(session) : ANONYMOUS, originOf(request.headers), permission)
      throw new DOMException('The session ended', 'AbortError')
    }
    yield part
  }
}
