import type { ClientCredential } from '../entra/contracts'
import { fail, type MailServerSettings, ok, type Redacted, type Result, type SettingsFault } from '../kernel'
import { type Destination, destinationChange, destinationText } from '../kernel/destination'
import { credentialBinding, type UnsealFault, type Vault } from '../kernel/sealing'
import type { StoredCredential } from './store/credentials'

/** What signs in at Entra, or by password at an SMTP server. */
export type OpenedCredential = ClientCredential | { kind: 'smtp-password'; secret: Redacted }

/** `removed`: the secret is no longer stored. `elsewhere`: it was entered for another destination; `change` says what differs. */
export type OpenFault =
  | Exclude<UnsealFault, { kind: 'elsewhere' }>
  | { kind: 'elsewhere'; change: string }
  | { kind: 'removed' }

export const missing = (evidence: string): SettingsFault => ({ kind: 'settings', code: 'secret-missing', evidence })
const unreadable = (evidence: string): SettingsFault => ({ kind: 'settings', code: 'secret-unreadable', evidence })

export function unopened(fault: OpenFault): SettingsFault {
  switch (fault.kind) {
    case 'removed':
      return missing('the secret was removed')
    case 'elsewhere':
      return missing(`the secret is stored for another destination: ${fault.change}`)
    case 'key-missing':
      return unreadable(`the sealing key ${fault.kid} is missing`)
    case 'not-openable':
      return unreadable('the sealed text does not open')
  }
}

/** Opens a credential for one call and only for its destination. This may fail: the key is gone, or the row was moved or redirected. */
export async function openCredential(
  credential: Pick<StoredCredential, 'id' | 'kind' | 'sealed' | 'thumbprint'>,
  destination: Destination,
  vault: Vault,
): Promise<Result<OpenedCredential, OpenFault>> {
  const { id, kind, sealed, thumbprint } = credential
  if (kind === 'federated-token' || kind === 'managed-identity') return ok({ kind })
  if (sealed === null || (kind === 'certificate' && thumbprint === null)) return fail({ kind: 'removed' })
  const here = destinationText(destination)
  const opened = await vault.open(sealed, credentialBinding(id, here, kind))
  if (!opened.ok)
    return opened.error.kind === 'elsewhere'
      ? fail({ kind: 'elsewhere', change: destinationChange(opened.error.context, here) })
      : fail(opened.error)
  if (kind === 'certificate') return ok({ kind, privateKey: opened.value, thumbprint: thumbprint ?? '' })
  return ok({ kind, secret: opened.value })
}

/** The part that must never be shown. Texts of a server are searched for it before they are stored. */
export function secretIn(opened: OpenedCredential): Redacted | null {
  if (opened.kind === 'certificate') return opened.privateKey
  return opened.kind === 'client-secret' || opened.kind === 'smtp-password' ? opened.secret : null
}

/** Keyed digest of destination and credential: it shows whether two are the same without opening either (docs/decisions/0003). */
export const digestOfCredential = (opened: OpenedCredential, destination: Destination, vault: Vault): string =>
  vault.digest(JSON.stringify(['credential', destinationText(destination), ...ownPart(opened)]))

function ownPart(opened: OpenedCredential): string[] {
  switch (opened.kind) {
    case 'client-secret':
    case 'smtp-password':
      return [opened.secret.reveal()]
    case 'certificate':
      return [opened.kind, opened.thumbprint]
    case 'federated-token':
    case 'managed-identity':
      return [opened.kind]
  }
}

/** JSON with its members in order, so that two equal settings give the same text whatever order the database returns. */
const settingsText = (settings: MailServerSettings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a test verifies and a revision carries: these settings with this credential (docs/decisions/0003). */
export const revisionDigest = (settings: MailServerSettings, credential: string | null, vault: Vault): string =>
  vault.digest(JSON.stringify(['revision', settingsText(settings), credential]))
