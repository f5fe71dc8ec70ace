import type { CredentialKind } from '../kernel/credential-kind'

/** `next` is prepared and verified alone before it replaces `current`. `previous` may be the fallback for a while. */
export const SLOTS = ['current', 'next', 'previous'] as const
export type Slot = (typeof SLOTS)[number]

/** One credential as people may see it: all that is known of it but the secret. */
export interface Credential {
  id: string
  mailServerId: string
  kind: CredentialKind
  slot: Slot
  /** A secret or key is sealed here. */
  held: boolean
  keyId: string | null
  hint: string | null
  /** Graph's object ID of the app registration, where known; of certificates. */
  applicationObjectId: string | null
  /** PEM, and SHA-256 as 64 hexadecimal digits in upper case; of certificates only. */
  certificate: string | null
  thumbprint: string | null
  note: string
  /** Mail addresses of those who look after it; its reminders go to them too. In lower case, none twice. */
  owners: string[]
  startsAt: Date | null
  expiresAt: Date | null
  expirySource: 'typed' | 'graph' | 'certificate' | null
  /** Counts changes of the date; reminders are counted for each. */
  expiryVersion: number
  /** What Graph says beside a typed date. */
  foundExpiresAt: Date | null
  foundAt: Date | null
  acceptedAt: Date | null
  refusedAt: Date | null
  refusedCode: string | null
  currentSince: Date | null
  replacedAt: Date | null
  fallbackUntil: Date | null
  removedAt: Date | null
  createdBy: string
  createdAt: Date
}
