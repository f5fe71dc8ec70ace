import 'server-only'
import type { PlainAction } from '@/lib/access/signed-out'
import { type FormAction, type FormActionOptions, formAction } from './form-action'
import { plainAction } from './plain-action'

/** Actions that differ only in their names and in what they do: `const write = formActions({ permission: …, refused: … })`. */
export const formActions =
  <State>(shared: Omit<FormActionOptions<State>, 'name' | 'run'>) =>
  (name: string, run: FormActionOptions<State>['run']): FormAction<State> =>
    formAction({ ...shared, name, run })

/** As `formActions`. */
export const plainActions =
  (shared: Omit<FormActionOptions<void>, 'name' | 'run'>) =>
  (name: string, run: FormActionOptions<void>['run']): PlainAction =>
    plainAction({ ...shared, name, run })
