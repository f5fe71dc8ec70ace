import type { AuditAction, AuditEntry } from '../audit/entry'
import type { CredentialsCaller } from './ports'

/** What the clock does by itself. */
export const THE_CLOCK: CredentialsCaller = {
  actor: { kind: 'system', name: 'worker' },
  origin: { address: null, requestId: 'clock' },
}

export const credentialEntry = (
  action: Extract<AuditAction, `credential.${string}`>,
  { actor, origin }: CredentialsCaller,
  credentialId: string | null,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry => ({
  action,
  actor,
  origin,
  result,
  subject: credentialId === null ? null : `credential:${credentialId}`,
  details,
})
