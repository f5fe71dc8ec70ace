import 'server-only'
import { leadToPage } from '@/app/_server/actions'
import type { KeyUnder } from '@/lib/i18n/translations'
import { chosenIn } from './chosen-ids'

/** The confirmation that the next page shows: `?done=…`. */
export type Done = KeyUnder<'credentials', 'done'>

/** @param form While several credentials are replaced one after the other, it names them, and the next page does so too. */
export const leadTo = (done: Done, at: string, form: FormData): never =>
  leadToPage(at, { done, chosen: chosenIn(form.get('chosen')).join(',') })
