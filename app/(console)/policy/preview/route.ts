import { routeCaller } from '@/app/_server/caller'
import { readForm } from '@/lib/access/form-body'
import { STATUS_OF } from '@/lib/access/request-refusal'
import { services } from '@/lib/services'
import { draftOf } from '../_editor/draft-of'

const NO_STORE = { 'cache-control': 'no-store' }

/** Findings for the draft in the form while it is edited. Nothing is stored. */
export async function POST(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'policy:write')
  if (caller instanceof Response) return caller
  const form = await readForm(request)
  if (typeof form === 'string') return new Response(null, { status: STATUS_OF[form], headers: NO_STORE })
  return Response.json(await services().rules.preview(draftOf(form)), { headers: NO_STORE })
}
