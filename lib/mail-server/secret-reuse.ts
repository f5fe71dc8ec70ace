import { isDeepStrictEqual } from 'node:util'
import { digestOfCredential, type OpenedCredential } from '../credentials/open-credential'
import { fail, hasSealedText, ok, type Redacted, type Result, type Vault } from '../kernel'
import { type Destination, sameDestination } from '../kernel/destination'
import { type Cloud, destinationOf, type MailServerSettings } from '../kernel/mail-server-settings'
import type { MailServerChange, SecretChange } from './fields'
import type { SavedCredential, StoredServer } from './store/settings'

/** `none`: no secret is stored, or it was removed. `elsewhere`: it is stored for another destination and must be entered again. */
export type SecretFault = 'none' | 'elsewhere'

export type SecretInUse =
  | { kind: 'none' }
  | { kind: 'kept'; credential: SavedCredential; destination: Destination }
  | { kind: 'typed'; value: Extract<OpenedCredential, { secret: Redacted }>; destination: Destination }

/** Settings and credential that were saved together: the secret belongs to these settings and to no others. */
export type SavedTogether = Pick<StoredServer, 'settings' | 'credential'>

/** Whether a change sends the secret to where the saved settings send it. */
export function hasSameDestination(
  saved: Pick<SavedTogether, 'settings'> | null,
  next: MailServerSettings,
  clouds: readonly Cloud[],
): boolean {
  const before = saved?.settings ? destinationOf(saved.settings, clouds) : null
  const after = destinationOf(next, clouds)
  return before !== null && after !== null && sameDestination(before, after)
}

/**
 * The secret that goes with a change: none, the stored one, or one that was entered. The only place that decides whether a stored secret may
 * be used with these settings: only if they send it to the destination that it was entered for. Save, test, apply and restore all use it.
 */
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
      const { credential } = saved ?? {}
      if (!credential || (credential.sealed === null && hasSealedText(credential.kind))) return fail('none')
      const isSame = hasSameDestination(saved, change.settings, clouds)
      return isSame ? ok({ kind: 'kept', credential, destination }) : fail('elsewhere')
    }
  }
}

/** Keyed digest of destination and secret. For a stored secret this is the digest that was stored with it. */
export function credentialDigest(secret: SecretInUse, vault: Vault): string | null {
  if (secret.kind === 'none') return null
  if (secret.kind === 'kept') return secret.credential.digest
  return digestOfCredential(secret.value, secret.destination, vault)
}

/** Everything that decides where mail is sent. `destinationOf` covers only where the secret is sent. */
const whereOf = ({ senderAddress: _, senderName: __, allowIndividualSenders: ___, ...where }: MailServerSettings) =>
  where

/** Whether a change sends mail elsewhere or replaces the secret, for which a person signs in again. A new sender name needs no fresh session. */
export const needsFreshSession = (
  saved: MailServerSettings | null,
  { settings, secret }: Pick<MailServerChange, 'settings' | 'secret'>,
): boolean => secret.kind === 'replace' || saved === null || !isDeepStrictEqual(whereOf(saved), whereOf(settings))
