import type { Confirmation } from '@/components/confirm-fields'

/** What the form that starts learning mode shows after it was sent. */
export interface LearningState {
  /** Why it was not started; null before the form is sent. */
  message: string | null
  errors: { networks?: string; senders?: string }
  typed: { networks: string; senders: string; minutes: string }
  confirm?: Confirmation | null
}
