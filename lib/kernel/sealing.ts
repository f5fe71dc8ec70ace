import type { Redacted } from './redacted'
import type { Result } from './result'

/** Compact JWE (`dir`, `A256GCM`); safe to store, useless elsewhere. */
export type SealedText = string & { readonly __sealed: true }

/** What a sealed text belongs to; all of it is authenticated with the text (S-05). */
export interface SealBinding {
  /** What the secret is for, e.g. `mail-server-credential`. */
  purpose: string
  rowId: string
  /** `destinationText()`, or another fixed text where there is no destination. */
  context: string
}

/** A credential's text opens only in its own row and for the destination it was given for (S-05). */
export const credentialBinding = (credentialId: string, destination: string): SealBinding => ({
  purpose: 'mail-server-credential',
  rowId: credentialId,
  context: destination,
})

/** A channel's address and signing key, which are secrets, open only in their own row and for its kind. */
export const channelBinding = (channelId: string, kind: string): SealBinding => ({
  purpose: 'notification-channel',
  rowId: channelId,
  context: kind,
})

/**
 * `key-missing`: no key with this id is here. `elsewhere`: the key is right and the text is whole, but it was sealed in the same row
 * for another context, given here. `not-openable`: moved to another row, altered, or another key.
 */
export type UnsealFault =
  | { kind: 'key-missing'; kid: string }
  | { kind: 'elsewhere'; context: string }
  | { kind: 'not-openable' }

export interface Vault {
  seal(secret: Redacted, binding: SealBinding): Promise<SealedText>
  open(sealed: SealedText, binding: SealBinding): Promise<Result<Redacted, UnsealFault>>
  /** Id of the key that seals now. */
  currentKid(): string
  /** Keyed digest of any text, 128 bits base64url: equal inputs give equal digests, nothing can be read back (U-01). */
  digest(text: string): string
}
