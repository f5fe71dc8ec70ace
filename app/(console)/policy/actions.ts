'use server'

import { revalidatePath } from 'next/cache'
import { formAction } from '@/app/_server/form-action'
import { POLICY_PATH } from '@/app/paths'
import { draftOf } from './_editor/draft-of'
import type { FormState, TryState } from './_editor/form-state'
import { attempt, submitChange, submitRestore } from './_editor/submit'

/** Every button of the rules' form: without scripts a form has one action, and which button it was is one of its fields. */
export const changeAction = formAction<FormState>({
  name: 'policy.change',
  permission: 'policy:write',
  refused: (message, form) => ({ kind: 'refused', fields: draftOf(form), message }),
  async run(caller, form) {
    const state = await submitChange(caller, form)
    if (state.kind === 'saved') revalidatePath(POLICY_PATH)
    return state
  },
})

export const restoreAction = formAction<FormState>({
  name: 'policy.restore',
  permission: 'policy:write',
  refused: (message, form) => ({ kind: 'refused', fields: draftOf(form), message }),
  async run(caller, form) {
    const state = await submitRestore(caller, form)
    if (state.kind === 'saved') revalidatePath(POLICY_PATH)
    return state
  },
})

/** Tries the saved rules, for those who may not change them. */
export const simulateAction = formAction<TryState>({
  name: 'policy.simulate',
  permission: 'policy:simulate',
  refused: (message) => ({ kind: 'tried', originator: '', recipients: '', outcome: { kind: 'refused', message } }),
  run: async (caller, form) => ({ kind: 'tried', ...(await attempt(form, caller, null)) }),
})
