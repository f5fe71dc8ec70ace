import { actionIdsIn, areArgumentsWhole } from './action-arguments'
import { readForm } from './form-body'
import { knownActions } from './known-actions'
import { type RequestRefusal, requestRefusal } from './request-proof'

/**
 * Whether a form posted to a page may go on to its action (W-03, W-04). The framework would answer what it cannot take by a
 * bare error 500, without a word to the audit, and pass an action of another page on to itself by a request that breaks: so
 * nothing that it cannot take reaches it. Reads the body.
 */
export async function postRefusal(request: Request, ownOrigin: string): Promise<RequestRefusal | null> {
  const forged = requestRefusal(request.headers, ownOrigin)
  if (forged) return forged
  const form = await readForm(request)
  if (typeof form === 'string') return form
  const header = request.headers.get('next-action')
  if (!areArgumentsWhole(form, header !== null)) return 'malformed'
  const known = knownActions()
  if (!known) return null
  const { pathname } = new URL(request.url)
  const isHere = (id: string) => known.get(id)?.some((page) => page.test(pathname)) ?? false
  return actionIdsIn(form, header).every(isHere) ? null : 'unknown-action'
}
