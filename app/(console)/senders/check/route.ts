import { draftRoute } from '@/app/_server/draft-route'
import { wrongSoFar } from '../form-data'

/** What is wrong with the addresses of new senders, while they are typed. */
export const POST = draftRoute('mail-server:write', ({ locale }, form) => wrongSoFar(form, locale))
