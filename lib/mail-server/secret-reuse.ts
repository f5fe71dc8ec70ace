import { type OpenedCredential, type OpenFault, openCredential } from '../credentials/open-credential'
import type { Cloud } from '../kernel/clouds'
import { holdsSecret } from '../kernel/credential-kind'
import { type Destination, sameDestination } from '../kernel/destination'
import { destinationOf, type MailServerSettings } from '../kernel/mail-server-settings'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import type { Vault } from '../kernel/sealing'
import type { StoredCredential } from './ports'
import type { SecretChange } from './settings'

/** `none`: nothing is stored, or not any more. `elsewhere`: stored for another destination, so it must be typed again (S-04). */
export type SecretFault = 'none' | 'elsewhere'

export type SecretInUse =
  | { kind: 'none' }
  | { kind: 'kept'; credential: StoredCredential; destination: Destination }
  | { kind: 'typed'; value: Extract<OpenedCredential, { secret: Redacted }>; destination: Destination }

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
  if (saved.credential.sealed === null && holdsSecret(saved.credential.kind)) return fail('none')
  const before = saved.settings && destinationOf(saved.settings, clouds)
  const after = destinationOf(next, clouds)
  return before && after && sameDestination(before, after) ? ok(saved.credential) : fail('elsewhere')
}

/** Which secret goes with a change: none is needed or there yet, the stored one may stay, or one was typed. */
export function secretOf(
  change: { settings: MailServerSettings; secret: SecretChange },
  saved: SavedTogether | null,
  clouds: readonly Cloud[],
): Result<SecretInUse, SecretFault> {
  const destination = destinationOf(change.settings, clouds)
  if (!destination) return ok({ kind: 'none' })
  switch (change.secret.kind) {
    case 'replace': {
      const kind = change.settings.type === 'smtp' ? 'smtp-password' : 'client-secret'
      return ok({ kind: 'typed', value: { kind, secret: change.secret.value }, destination })
    }
    case 'none':
      return ok({ kind: 'none' })
    case 'keep': {
      const kept = keepable(saved, change.settings, clouds)
      return kept.ok ? ok({ kind: 'kept', credential: kept.value, destination }) : kept
    }
  }
}

/** The credential opened, for the call that needs it; null: there is none. One that does not open is weather. */
export async function opened(secret: SecretInUse, vault: Vault): Promise<Result<OpenedCredential | null, OpenFault>> {
  if (secret.kind === 'none') return ok(null)
  if (secret.kind === 'typed') return ok(secret.value)
  return openCredential(secret.credential, secret.destination, vault)
}
