import 'server-only'
import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { textOf } from '@/app/_form/outcome'
import { confirmPath, type QueryParameters, withQuery } from '@/app/paths'
import type { PlainAction } from '@/lib/access/signed-out'
import { type FormAction, formActions, type Refused, type Run, showEverywhere } from './form-action'

/** As `formActions`, for forms without a state, such as a single button. `run` and `refused` both end in `redirect`. */
export const plainActions =
  (...shared: Parameters<typeof formActions<void>>) =>
  (name: string, run: Run<void>): PlainAction =>
    plain(formActions(...shared)(name, run))

/** With `useActionState` the form is the second argument, in a plain form the only one. */
export function plain(action: FormAction<void>): PlainAction {
  return (...args: [form: FormData]) => action(undefined, args.at(-1) as FormData)
}

/** Where a refused button leads: back to its page with the reason, or to the step that makes the session fresh and then to its open dialog. */
export const backTo =
  (page: string | ((form: FormData) => string)): Refused<never> =>
  (_, form, reason) => {
    const path = typeof page === 'string' ? page : page(form)
    const dialog = textOf(form, 'dialog')
    const withReason = `${path}${path.includes('?') ? '&' : '?'}refused=${reason}`
    redirect((reason === 'confirm' ? confirmPath(dialog ? `${path}#${dialog}` : path) : withReason) as Route)
  }

/** Ends an action that has changed something. What `FlashMessage` says on the next page is in `confirmation`, or else in the query of `path`. */
export function leadToPage(path: string, confirmation: QueryParameters = {}): never {
  showEverywhere()
  redirect(withQuery(path, confirmation))
}
