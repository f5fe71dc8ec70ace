import type { Cloud } from '../kernel/clouds'
import { type Destination, destinationText, sameDestination } from '../kernel/destination'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { credentialBinding, type Vault } from '../kernel/sealing'
import type { StoredCredential } from './ports'
import { destinationOf, type MailServerSettings, type SecretChange } from './settings'

/** `none`: nothing is stored. `elsewhere`: stored for another destination, so it must be typed again (S-04). */
export type SecretFault = 'none' | 'elsewhere'

export type SecretInUse =
  | { kind: 'none' }
  | { kind: 'kept'; credential: StoredCredential; destination: Destination }
  | { kind: 'typed'; value: Redacted; destination: Destination }

/** What was saved together: the secret belongs to these settings and to no others. */
export interface SavedTogether {
  /** Null: they cannot be read, so nobody can say where the secret belongs. */
  settings: MailServerSettings | null
  credential: StoredCredential | null
}

/**
 * The one place that decides whether a stored secret may be used with these settings: only if they would send it to the
 * very destination it was typed for. Save, test, apply and restore all ask here (S-03, S-04, S-06).
 */
function keepable(
  saved: SavedTogether | null,
  next: MailServerSettings,
  clouds: readonly Cloud[],
): Result<StoredCredential, SecretFault> {
  if (!saved?.credential) return fail('none')
  const before = saved.settings && destinationOf(saved.settings, clouds)
  const after = destinationOf(next, clouds)
  return before && after && sameDestination(before, after) ? ok(saved.credential) : fail('elsewhere')
}

/** Which secret goes with a change: none is needed, the stored one may stay, or one was typed. */
export function secretOf(
  change: { settings: MailServerSettings; secret: SecretChange },
  saved: SavedTogether | null,
  clouds: readonly Cloud[],
): Result<SecretInUse, SecretFault> {
  const destination = destinationOf(change.settings, clouds)
  if (!destination) return ok({ kind: 'none' })
  switch (change.secret.kind) {
    case 'replace':
      return ok({ kind: 'typed', value: change.secret.value, destination })
    case 'none':
      return fail('none')
    case 'keep': {
      const kept = keepable(saved, change.settings, clouds)
      return kept.ok ? ok({ kind: 'kept', credential: kept.value, destination }) : kept
    }
  }
}

/** The plain text, for the call that needs it. A kept secret that does not open is weather: key gone, moved or redirected. */
export async function revealed(
  secret: SecretInUse,
  vault: Vault,
): Promise<Result<Redacted | null, { kind: 'key-missing'; kid: string } | { kind: 'not-openable' }>> {
  if (secret.kind === 'none') return ok(null)
  if (secret.kind === 'typed') return ok(secret.value)
  const { credential, destination } = secret
  return vault.open(credential.sealed, credentialBinding(credential.id, destinationText(destination)))
}
