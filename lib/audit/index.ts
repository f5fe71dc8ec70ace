export {
  AUDIT_RESULTS,
  type AuditAction,
  type AuditCursor,
  type AuditEntry,
  type AuditRow,
  type AuditVerdict,
  auditEntry,
} from './entry'
export {
  type AuditLog,
  appendAudit,
  appendAudits,
  audited,
  auditedIn,
  createAuditLog,
  refuse,
  type Wanted,
} from './store/log'
export { type Done, lastDoneBy } from './store/page'
