import { auditEntry } from '../../lib/audit'
import type { Db } from '../../lib/db'
import type { PolicyRules } from '../../lib/policy'
import { writeRevision } from '../../lib/policy/store'
import { caller } from './mail-server'

/** Saves policy rules without checking them. For tests only. */
export const savePolicyRules = (db: Db, rules: PolicyRules, basedOn = 0) =>
  writeRevision(
    db,
    { basedOn, rules, savedBy: 'admin@contoso.example', audit: auditEntry('policy.save', caller, 'policy') },
    new Date(),
  )
