import { draftRoute } from '@/app/_server/draft-route'
import { services } from '@/lib/services'
import { wrongSoFar } from '../_form/form-data'

export const POST = draftRoute('clients:write', async ({ locale }, form) =>
  wrongSoFar(form, locale, services().clock.now()),
)
