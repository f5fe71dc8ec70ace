import { type AuditAction, type AuditEntry, auditEntry } from '../audit/entry'
import type { Caller } from '../kernel/actor'

/** @param credentialId null if the credential was refused before it had an id */
export const credentialEntry = (
  action: Extract<AuditAction, `credential.${string}`>,
  caller: Caller,
  credentialId: string | null,
  details?: AuditEntry['details'],
  result?: AuditEntry['result'],
): AuditEntry =>
  auditEntry(action, caller, credentialId === null ? null : `credential:${credentialId}`, details, result)
