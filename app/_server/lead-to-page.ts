import 'server-only'
import { refresh, revalidatePath } from 'next/cache'
import { redirect, unstable_rethrow } from 'next/navigation'
import { type QueryParameters, withQuery } from '@/app/paths'

/** Every page shows the state of mail, so all of them are read again. */
export const showEverywhere = (): void => revalidatePath('/', 'layout')

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

/** An action that leads elsewhere has the frame around the page read again too: it shows the state of mail. */
export const leading =
  <Args extends unknown[], State>(action: (...args: Args) => Promise<State>) =>
  (...args: Args): Promise<State> =>
    action(...args).catch((thrown: unknown) => {
      try {
        unstable_rethrow(thrown)
      } catch {
        refresh()
      }
      // After a fault the page is not read again: that may fail as well, and what was typed would be gone.
      throw thrown
    })
