import { actionIdsIn, areArgumentsWhole } from './action-arguments'
import { readForm } from './form-body'
import { knownActions } from './handlers'
import { excessIn, type RequestRefusal, requestRefusal } from './request-refusal'

/**
 * Why a form that was posted to a page may not reach its action, or null if it may. Next.js would answer a malformed form with an error 500
 * and without an audit entry, and would forward an action of another page to itself in a request that fails. Reads the body.
 */
export async function postRefusal(request: Request, ownOrigin: string): Promise<RequestRefusal | null> {
  const forged = requestRefusal(request.headers, ownOrigin)
  if (forged) return forged
  const form = await readForm(request)
  if (form === 'cut-off') return 'malformed'
  if (typeof form === 'string') return form === 'too-large' ? excessIn(request.headers) : form
  const header = request.headers.get('next-action')
  if (!areArgumentsWhole(form, header !== null)) return 'malformed'
  const known = knownActions()
  if (!known) return null
  const { pathname } = new URL(request.url)
  const isHere = (id: string) => known.get(id)?.some((page) => page.test(pathname)) ?? false
  return actionIdsIn(form, header).every(isHere) ? null : 'unknown-action'
}
