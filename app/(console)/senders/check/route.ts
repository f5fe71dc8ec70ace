import { draftRoute } from '@/app/_server/draft-route'
import { wrongSoFar } from '../form-data'

export const POST = draftRoute('mail-server:write', ({ locale }, form) => wrongSoFar(form, locale))
