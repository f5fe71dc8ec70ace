'use client'

import { ActionForm, useServerAction } from '@/components/action-form'
import type { SimulationState } from '../_editor/form-state'
import type { PolicyLabels } from '../_editor/labels'
import { simulateAction } from '../actions'
import { SimulatorPanel } from './simulator-panel'

const UNTOUCHED: SimulationState = { kind: 'untouched' }

/** The simulator with the saved rules, for roles that may not change them. */
export function SimulatorForm({ w }: { w: PolicyLabels }) {
  const simulating = useServerAction(simulateAction, UNTOUCHED)
  const { state, pending } = simulating
  const simulation = state.kind === 'simulated' ? state : null
  return (
    <ActionForm of={simulating} noValidate aria-label={w.try.title}>
      <SimulatorPanel simulation={simulation} answer={simulation} pending={pending} draft={null} w={w} />
    </ActionForm>
  )
}
