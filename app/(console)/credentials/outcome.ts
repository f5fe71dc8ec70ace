import type { FormActionOptions } from '@/app/_server/form-action'
import type { Confirmation } from '@/components/confirm-fields'
import type { EditableField } from '@/lib/credentials/edit'

/** What a form shows after it was sent, in the reader's language. It is sent in clear text, so it never contains a secret. */
export type CredentialOutcome =
  | { kind: 'untouched' }
  | {
      kind: 'refused'
      message: string
      /** The form also asks for the password, and is carried out then. */
      confirm?: Confirmation | null
      /** Commands that fix the problem. */
      commands?: string[]
    }
  | { kind: 'done'; lines: string[] }

export const UNTOUCHED: CredentialOutcome = { kind: 'untouched' }

export const refused = (message: string): CredentialOutcome => ({ kind: 'refused', message })

/** The `refused` option of a form action: the form shows the message, and asks for the password if that is what is missing. */
export const refusedWith: FormActionOptions<CredentialOutcome>['refused'] = (message, _, __, confirm) => ({
  kind: 'refused',
  message,
  confirm,
})

/** The confirmation that the next page shows: `?done=…`. */
export type Done =
  | 'added'
  | 'accepted'
  | 'not-known-yet'
  | 'refused'
  | 'unknown'
  | 'current'
  | 'back'
  | 'rotated'
  | 'rotating'
  | 'discarded'
  | 'removed'
  | Exclude<EditableField, 'validUntil'>
  | 'date'
  | 'revoked'
