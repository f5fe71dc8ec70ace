import type { Confirmation } from '@/components/confirm-fields'
import type { ClientFields } from '@/lib/submission/client'

/** A field that another person changed in the meantime, with both values. */
export interface Difference {
  label: string
  saved: string
  typed: string
}

/** What the form of a client shows after it was sent. It travels in clear text; no field is a secret. */
export type ClientFormState =
  | { kind: 'untouched' }
  | {
      kind: 'refused'
      message: string
      /** Sentences by field, without its label. */
      errors: Partial<Record<keyof ClientFields, string>>
      typed: ClientFields
      /** The newest version, if another person changed the client. */
      version?: number
      differences?: Difference[]
      confirm?: Confirmation | null
    }

export const UNTOUCHED: ClientFormState = { kind: 'untouched' }
