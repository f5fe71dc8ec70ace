import { routeCaller } from '@/app/_server/caller'
import { readForm } from '@/lib/access/form-body'
import { STATUS_OF } from '@/lib/access/request-refusal'
import { draftOf } from '../_editor/draft-of'
import { previewDraft } from '../_editor/submit'

const NO_STORE = { 'cache-control': 'no-store' }

/** The preview of the draft in the form while it is edited. Nothing is stored. */
export async function POST(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'policy:write')
  if (caller instanceof Response) return caller
  const form = await readForm(request)
  if (typeof form === 'string') return new Response(null, { status: STATUS_OF[form], headers: NO_STORE })
  return Response.json(await previewDraft(form, caller, draftOf(form)), { headers: NO_STORE })
}
