import type { Redacted } from './redacted'
import type { Result } from './result'

/** Compact JWE (`dir`, `A256GCM`). It is safe to store. */
export type SealedText = string & { readonly __sealed: true }

/** What a sealed text belongs to. All of it is authenticated with the text. */
export interface SealBinding {
  /** What the secret is for, e.g. `mail-server-credential`. */
  purpose: string
  rowId: string
  /** `destinationText()`, or another fixed text if there is no destination. */
  context: string
  /** What the secret is, for a row that may have more than one kind. Not in what earlier versions sealed. */
  kind?: string
}

/** A credential's text opens only in its own row, as its kind, and for the destination it was entered for. */
export const credentialBinding = (credentialId: string, destination: string, kind: string): SealBinding => ({
  purpose: 'mail-server-credential',
  rowId: credentialId,
  context: destination,
  kind,
})

/** A channel's address and signing key are secrets that open only in their own row and for its kind. */
export const channelBinding = (channelId: string, kind: string): SealBinding => ({
  purpose: 'notification-channel',
  rowId: channelId,
  context: kind,
})

/**
 * `key-missing`: this deployment has no key with this id. `elsewhere`: key and text are right, but the text was sealed in the same row
 * for this other context. `not-openable`: the text was moved to another row or altered, or the key is another one.
 */
export type UnsealFault =
  | { kind: 'key-missing'; kid: string }
  | { kind: 'elsewhere'; context: string }
  | { kind: 'not-openable' }

export interface Vault {
  seal(secret: Redacted, binding: SealBinding): Promise<SealedText>
  open(sealed: SealedText, binding: SealBinding): Promise<Result<Redacted, UnsealFault>>
  readonly hasKey: boolean
  /** Id of the key that seals new texts. */
  currentKid(): string
  /** Keyed digest of 128 bits in base64url. Equal texts have equal digests, and the text cannot be derived from it. */
  digest(text: string): string
}
