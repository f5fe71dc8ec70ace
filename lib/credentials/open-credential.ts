import type { ClientCredential } from '../entra/contracts'
import type { CredentialKind } from '../kernel/credential-kind'
import { type Destination, destinationChange, destinationText } from '../kernel/destination'
import type { SettingsFault } from '../kernel/faults'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { credentialBinding, type SealedText, type UnsealFault, type Vault } from '../kernel/sealing'

/** What logs in: at Entra, or by password at an SMTP server. */
export type OpenedCredential = ClientCredential | { kind: 'smtp-password'; secret: Redacted }

export interface SealedCredential {
  id: string
  kind: CredentialKind
  /** Null: the kind has no secret, or it was removed. */
  sealed: SealedText | null
  thumbprint: string | null
}

/** `removed`: its secret is not here any more. `elsewhere`: it was given for another destination; what has changed since. */
export type OpenFault =
  | Exclude<UnsealFault, { kind: 'elsewhere' }>
  | { kind: 'elsewhere'; change: string }
  | { kind: 'removed' }

/** What a credential that does not open means for whoever needs it. */
export function unopened(fault: OpenFault): SettingsFault {
  const told = (code: SettingsFault['code'], evidence: string): SettingsFault => ({ kind: 'settings', code, evidence })
  switch (fault.kind) {
    case 'removed':
      return told('secret-missing', 'the secret was removed')
    case 'elsewhere':
      return told('secret-missing', `the secret is stored for another destination: ${fault.change}`)
    case 'key-missing':
      return told('secret-unreadable', `the sealing key ${fault.kid} is missing`)
    case 'not-openable':
      return told('secret-unreadable', 'the sealed text does not open')
  }
}

/**
 * Opens a stored credential for the call that needs it, and only for the destination it was given for (S-05, S-13). That it
 * does not open is weather: its key gone, the row moved or redirected.
 */
export async function openCredential(
  credential: SealedCredential,
  destination: Destination,
  vault: Vault,
): Promise<Result<OpenedCredential, OpenFault>> {
  const { id, kind, sealed, thumbprint } = credential
  if (kind === 'federated-token' || kind === 'managed-identity') return ok({ kind })
  if (sealed === null || (kind === 'certificate' && thumbprint === null)) return fail({ kind: 'removed' })
  const here = destinationText(destination)
  const opened = await vault.open(sealed, credentialBinding(id, here))
  if (!opened.ok)
    return opened.error.kind === 'elsewhere'
      ? fail({ kind: 'elsewhere', change: destinationChange(opened.error.context, here) })
      : fail(opened.error)
  if (kind === 'certificate') return ok({ kind, privateKey: opened.value, thumbprint: thumbprint ?? '' })
  return ok({ kind, secret: opened.value })
}

/** What must never be shown of it, for whoever cleans a peer's words (S-14). */
export function secretIn(opened: OpenedCredential): Redacted | null {
  if (opened.kind === 'certificate') return opened.privateKey
  return opened.kind === 'client-secret' || opened.kind === 'smtp-password' ? opened.secret : null
}
