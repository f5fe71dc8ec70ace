import type { AuditEntry } from '../../audit/entry'
import type { Caller } from '../../kernel/actor'
import { actorName } from '../../kernel/actor'
import { fail, type Result } from '../../kernel/result'
import { NO_RULES, type PolicyRules } from '..'
import { differences, type PolicyFields } from '../draft'
import { fieldsOf, parsePolicy, type RuleError } from '../fields'
import { serverPicked } from '../rules'
import { uncovered } from './coverage'
import type { RulesDeps } from './deps'
import { type RulesStore, type StoredRules, serversOf } from './ports'

export interface RulesConflict {
  kind: 'conflict'
  /** What a second try must name. */
  number: number
  /** Null fields: what stands there cannot be read. */
  theirs: { by: string; at: Date; fields: PolicyFields | null }
}

export type RulesSaved = Result<{ number: number }, RulesConflict | { kind: 'invalid'; validationErrors: RuleError[] }>

/** Stores a draft as revision n+1 with its audit row, or nothing. Made on an old revision, it is refused. */
export async function saveRules(
  deps: RulesDeps,
  caller: Caller,
  { fields, number }: { fields: PolicyFields; number: number },
): Promise<RulesSaved> {
  const parsed = parsePolicy(fields)
  if (!parsed.ok) return fail({ kind: 'invalid', validationErrors: parsed.error })
  const validationErrors = [...(await serverErrors(deps, parsed.value)), ...(await checkboxErrors(deps, parsed.value))]
  if (validationErrors.length > 0) return fail({ kind: 'invalid', validationErrors })
  const written = await writeNext(deps, caller, { action: 'policy.save', number, rules: parsed.value, details: {} })
  if (written.ok || written.error.kind === 'conflict') return written as RulesSaved
  return fail({ kind: 'invalid', validationErrors: await serverErrors(deps, parsed.value) })
}

/** Rules that name a mail server by which no mail can leave. */
async function serverErrors({ sending }: RulesDeps, { rules }: PolicyRules): Promise<RuleError[]> {
  const servers = serversOf(await sending.servers())
  return rules.flatMap(({ id, outcome }): RuleError[] => {
    const picked = serverPicked(outcome)
    return picked !== null && !servers(picked)
      ? [{ rule: id, field: 'server', validationError: { key: 'rule.server' } }]
      : []
  })
}

/** Rules that allow individual senders from now on, where nobody they are about could be one. */
async function checkboxErrors({ store, sending }: RulesDeps, rules: PolicyRules): Promise<RuleError[]> {
  const [saved, servers] = await Promise.all([store.load(), sending.servers()])
  return uncovered(rules, saved?.rules ?? null, serversOf(servers)).map(({ id }) => ({
    rule: id,
    field: 'individual',
    validationError: { key: 'rule.individual' },
  }))
}

/** `server-gone`: a rule of it names a mail server that is not there any more. */
export type RestoreRulesFault =
  | RulesConflict
  | { kind: 'no-revision' }
  | { kind: 'unreadable' }
  | { kind: 'server-gone' }

/** Goes back to a saved state by saving it again. */
export async function restoreRules(
  deps: RulesDeps,
  caller: Caller,
  { restored, number }: { restored: number; number: number },
): Promise<Result<{ number: number }, RestoreRulesFault>> {
  const found = await deps.store.revision(restored)
  const refuse = async <F extends RestoreRulesFault>(fault: F) => {
    const details = { reason: fault.kind, restored }
    await deps.audit.record(rulesEntry('policy.restore', caller, details, 'refused'))
    return fail(fault)
  }
  if (!found) return refuse({ kind: 'no-revision' as const })
  if (!found.rules) return refuse({ kind: 'unreadable' as const })
  if ((await serverErrors(deps, found.rules)).length > 0) return refuse({ kind: 'server-gone' as const })
  return writeNext(deps, caller, { action: 'policy.restore', number, rules: found.rules, details: { restored } })
}

interface Next {
  action: 'policy.save' | 'policy.restore'
  number: number
  rules: PolicyRules
  details: AuditEntry['details']
}

async function writeNext(
  deps: RulesDeps,
  caller: Caller,
  { action, number, rules, details }: Next,
): Promise<Result<{ number: number }, RulesConflict | { kind: 'server-gone' }>> {
  const current = await deps.store.load()
  if ((current?.number ?? 0) !== number) return conflict(deps, caller, action, number)
  const written = await deps.store.write({
    after: number,
    rules,
    savedBy: actorName(caller.actor),
    audit: rulesEntry(action, caller, { number: number + 1, ...details, ...changesOf(current, rules) }),
  })
  if (written.ok) return written
  return written.error === 'server-gone' ? fail({ kind: 'server-gone' }) : conflict(deps, caller, action, number)
}

/** What changed, by the rules' names, for the audit row. */
export function changesOf(before: StoredRules | null, after: PolicyRules): AuditEntry['details'] {
  if (before && !before.rules) return { rules: after.rules.length, before: 'unreadable' }
  const found = differences(fieldsOf(before?.rules ?? NO_RULES), fieldsOf(after))
  const names = (kind: 'added' | 'removed' | 'moved'): string =>
    found.flatMap((each) => (each.kind === kind && 'rule' in each ? [each.rule.name] : [])).join(', ')
  const changed = new Set(found.flatMap((each) => (each.kind === 'field' ? [each.after.name] : [])))
  const told = {
    added: names('added'),
    removed: names('removed'),
    moved: names('moved'),
    changed: [...changed].join(', '),
  }
  return {
    rules: after.rules.length,
    ...Object.fromEntries(Object.entries(told).filter(([, text]) => text !== '')),
    ...(found.some(({ kind }) => kind === 'otherwise') && { otherwise: after.otherwise }),
  }
}

export const rulesEntry = (
  action: Next['action'],
  { actor, origin }: Caller,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry => ({ action, actor, origin, result, subject: 'policy', details })

/** What stands there now, for the form to show beside what was typed (F-66). */
async function conflict(
  { store, audit, clock }: RulesDeps,
  caller: Caller,
  action: Next['action'],
  madeOn: number,
): Promise<{ ok: false; error: RulesConflict }> {
  const now = await store.load()
  const number = now?.number ?? 0
  await audit.record(rulesEntry(action, caller, { reason: 'conflict', madeOn, number }, 'refused'))
  return fail({ kind: 'conflict', number, theirs: theirsOf(now, clock.now()) })
}

function theirsOf(now: Awaited<ReturnType<RulesStore['load']>>, at: Date): RulesConflict['theirs'] {
  if (!now) return { by: '', at, fields: fieldsOf(NO_RULES) }
  return { by: now.savedBy, at: now.savedAt, fields: now.rules && fieldsOf(now.rules) }
}
