'use server'

import { formAction, showEverywhere } from '@/app/_server/form-action'
import { type FormState, refusedAction } from '../_form/form-data'
import { submitRestore } from './submit-restore'

export const restoreAction = formAction<FormState>({
  name: 'mail-server.restore',
  permission: 'mail-server:write',
  fresh: true,
  refused: refusedAction,
  async run(caller, form) {
    const state = await submitRestore(caller, form)
    if (state.kind === 'saved') showEverywhere()
    return state
  },
})
