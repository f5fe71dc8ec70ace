import type { AuditAction, AuditEntry } from '../audit/entry'
import type { Caller } from '../kernel/actor'

export const credentialEntry = (
  action: Extract<AuditAction, `credential.${string}`>,
  { actor, origin }: Caller,
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
