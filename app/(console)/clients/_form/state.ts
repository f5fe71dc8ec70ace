import type { Confirmation } from '@/components/confirm-fields'
import type { ClientFields } from '@/lib/submission/client'

/** A field that two people changed at the same time, with both values. */
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
      /** Hidden fields: what the typed values are based on. */
      basis?: Record<string, string | number>
      /** Another person changed the client. */
      conflict?: { lines: string[]; differences: Difference[] }
      confirm?: Confirmation | null
    }

export const UNTOUCHED: ClientFormState = { kind: 'untouched' }
