'use server'

import { revalidatePath } from 'next/cache'
import { type Outcome, refusedWith } from '@/app/_form/outcome'
import { formActions, leadToPage } from '@/app/_server/actions'
import { formAction } from '@/app/_server/form-action'
import { POLICY_PATH, POLICY_REVISIONS_PATH } from '@/app/paths'
import type { FormState, SimulationState } from './_editor/form-state'
import { runSimulation, submitChange, submitRestore, submittedDraft } from './_editor/submit'

const write = formActions<FormState>({
  permission: 'policy:write',
  refused: (message, form) => ({ kind: 'refused', ...submittedDraft(form), message }),
})

/** Every button of the form. Without JavaScript a form has one action, and a field says which button was pressed. */
export const changeAction = write('policy.change', async (caller, form) => {
  const state = await submitChange(caller, form)
  if (state.kind === 'saved') revalidatePath(POLICY_PATH)
  return state
})

export const restoreAction = formAction<Outcome>({
  name: 'policy.restore',
  permission: 'policy:write',
  refused: refusedWith,
  async run(caller, form) {
    const state = await submitRestore(caller, form)
    if (state.kind !== 'saved') return state
    return leadToPage(POLICY_REVISIONS_PATH, { done: 'restored', count: `${state.number}` })
  },
})

/** Simulates the saved rules, for roles that may not change them. */
export const simulateAction = formAction<SimulationState>({
  name: 'policy.simulate',
  permission: 'policy:simulate',
  refused: (message) => ({ kind: 'simulated', originator: '', recipients: '', outcome: { kind: 'refused', message } }),
  run: async (caller, form) => ({ kind: 'simulated', ...(await runSimulation(form, caller, null)) }),
})
