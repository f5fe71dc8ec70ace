import type { Confirmation } from '@/components/confirm-fields'

/** What a form shows after it was sent, in the reader's language. It travels in clear text: nothing secret is ever in it. */
export type CredentialOutcome =
  | { kind: 'untouched' }
  | {
      kind: 'refused'
      message: string
      /** The form asks for the password too, and is then done. */
      confirm?: Confirmation | null
      /** Lines that mend it. */
      commands?: string[]
    }
  | { kind: 'done'; lines: string[] }

export const UNTOUCHED: CredentialOutcome = { kind: 'untouched' }

export const refused = (message: string): CredentialOutcome => ({ kind: 'refused', message })

/** What a finished step may say on the page that it leads to: `?done=…`. */
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
  | 'note'
  | 'owners'
  | 'date'
  | 'revoked'
