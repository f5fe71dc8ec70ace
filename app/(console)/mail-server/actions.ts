'use server'

import { formAction, showEverywhere } from '@/app/_server/form-action'
import { currentLocale } from '@/app/_server/translations'
import { type FormState, refusedAction } from './_form/form-data'
import { submitSave, touchesDestinationIn } from './_form/submit-save'

export const saveAction = formAction<FormState>({
  name: 'mail-server.save',
  permission: 'mail-server:write',
  fresh: async (form) => touchesDestinationIn(form, await currentLocale()),
  refused: refusedAction,
  async run(caller, form) {
    const state = await submitSave(caller, form)
    if (state.kind === 'saved') showEverywhere()
    return state
  },
})
