'use server'

import { revalidatePath } from 'next/cache'
import { refusedWith } from '@/app/_form/outcome'
import { formActions } from '@/app/_server/form-action'
import { leadToPage } from '@/app/_server/plain-action'
import { POLICY_PATH, POLICY_REVISIONS_PATH } from '@/app/paths'
import type { FormState, Simulation } from './_editor/form-state'
import {
  changeNeedsFreshSession,
  refusedChange,
  restoreNeedsFreshSession,
  runSimulation,
  simulatedIn,
  submitChange,
  submitRestore,
} from './_editor/submit'

const write = formActions<FormState>('policy:write', refusedChange, { fresh: changeNeedsFreshSession })

/** Every button of the form. Without JavaScript a form has one action, and a field says which button was pressed. */
export const changeAction = write('policy.change', async (caller, form) => {
  const state = await submitChange(caller, form)
  if (state.kind === 'saved') revalidatePath(POLICY_PATH)
  return state
})

const restore = formActions('policy:write', refusedWith, { fresh: restoreNeedsFreshSession })

export const restoreAction = restore('policy.restore', async (caller, form) => {
  const restored = await submitRestore(caller, form)
  if (!restored.ok) return restored.error
  return leadToPage(POLICY_REVISIONS_PATH, { done: 'restored', count: `${restored.value.number}` })
})

const simulate = formActions<Simulation | null>('policy:simulate', (message) => ({
  originator: '',
  recipients: '',
  outcome: { kind: 'refused', message },
}))

/** Simulates the saved rules, for roles that may not change them. */
export const simulateAction = simulate('policy.simulate', ({ locale }, form) =>
  runSimulation(simulatedIn(form), locale, null),
)
