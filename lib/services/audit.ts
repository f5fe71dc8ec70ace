import { type AuditLog, createAuditLog, type VerifyAids } from '../audit/store/log'
import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'

export const auditLog = (db: Db, clock: Clock, aids: VerifyAids = {}): AuditLog => createAuditLog(db, clock, aids)
