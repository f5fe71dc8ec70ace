import { draftRoute } from '@/app/_server/draft-route'
import { draftOf } from '../_editor/draft-of'
import { previewDraft } from '../_editor/submit'

export const POST = draftRoute('policy:write', (caller, form) => previewDraft(form, caller, draftOf(form)))
