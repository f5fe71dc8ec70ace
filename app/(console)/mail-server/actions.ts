'use server'

import { type FormActionOptions, formAction, showEverywhere } from '@/app/_server/form-action'
import { currentLocale } from '@/app/_server/translations'
import { finishedOf } from '../_connection-test/run-test'
import { type FormState, typedIn } from './_form/form-data'
import { submitSave, touchesDestinationIn } from './_form/submit-save'
import { submitTest } from './_form/submit-test'

const refused: FormActionOptions<FormState>['refused'] = (message, form, _, confirm) => ({
  kind: 'refused',
  ...typedIn(form),
  message,
  ...(confirm && { confirm }),
})

export const saveAction = formAction<FormState>({
  name: 'mail-server.save',
  permission: 'mail-server:write',
  fresh: async (form) => touchesDestinationIn(form, await currentLocale()),
  refused,
  async run(caller, form) {
    const state = await submitSave(caller, form)
    if (state.kind === 'saved') showEverywhere()
    return state
  },
})

/** The finished report, for a page without scripts. With scripts the page reads the route instead. */
export const testAction = formAction<FormState>({
  name: 'mail-server.test',
  permission: 'mail-server:test',
  refused,
  async run(caller, form) {
    const submitted = await submitTest(caller, form)
    if (submitted.kind === 'state') return submitted.state
    const { report, testId, transcript } = await finishedOf(submitted.events)
    showEverywhere()
    return { kind: 'tested', ...typedIn(form), report, testId, transcript }
  },
})
