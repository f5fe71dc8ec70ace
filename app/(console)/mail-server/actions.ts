'use server'

import { formActions, showEverywhere } from '@/app/_server/form-action'
import { currentLocale } from '@/app/_server/translations'
import { type FormState, refusedAction } from './_form/form-data'
import { formNeedsFreshSession, submitSave } from './_form/submit-save'

const save = formActions<FormState>('mail-server:write', refusedAction, {
  fresh: async (form) => formNeedsFreshSession(form, await currentLocale()),
})

export const saveAction = save('mail-server.save', async (caller, form) => {
  const state = await submitSave(caller, form)
  if (state.kind === 'saved') showEverywhere()
  return state
})
