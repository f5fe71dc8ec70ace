import 'server-only'
import { redirect } from 'next/navigation'
import { type QueryParameters, withQuery } from '@/app/paths'
import { showEverywhere } from './form-action'

/**
 * Ends an action that has changed something.
 *
 * @param path Of a page. Without a query, unless `confirmation` is left out.
 * @param confirmation What `FlashMessage` says there, by `done`.
 */
export function leadToPage(path: string, confirmation: QueryParameters = {}): never {
  showEverywhere()
  redirect(withQuery(path, confirmation))
}
