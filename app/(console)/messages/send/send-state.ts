import type { Simulation } from '../../policy/_editor/form-state'

export const SEND_FIELDS = ['from', 'to', 'subject', 'text'] as const
export type SendField = (typeof SEND_FIELDS)[number]

/** What the form shows: the values as they were typed, and what is wrong with them or what would happen. */
export interface SendState {
  values: Record<SendField, string>
  errors: Partial<Record<SendField, string>>
  /** Why nothing was sent. */
  refused: string | null
  simulation: Simulation | null
}
