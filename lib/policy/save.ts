import { type AuditEntry, auditEntry, refuse } from '../audit'
import { actorName, type Caller, fail, type Result } from '../kernel'
import { uncovered } from './coverage'
import { type PolicyDeps, sendingBy } from './deps'
import { changedSince, differences, type PolicyFields } from './draft'
import { fieldsOf, parsePolicy, type RuleError } from './fields'
import { mayMoveMail, NO_RULES, type PolicyRules, serverPicked } from './rules'
import { loadRevision, loadRules, type StoredRules, writeRevision } from './store'

/**
 * Saves a draft as the next revision, together with its audit entry.
 *
 * @param input.number the revision that the draft is based on; 0 if nothing was saved yet
 * @returns `conflict` if someone else saved in between
 */
export async function save(
  deps: PolicyDeps,
  caller: Caller,
  { fields, number }: { fields: PolicyFields; number: number },
): Promise<Result<{ number: number }, RulesConflict | { kind: 'invalid'; validationErrors: RuleError[] }>> {
  const parsed = parsePolicy(fields)
  if (!parsed.ok) return fail({ kind: 'invalid', validationErrors: parsed.error })
  const rules = parsed.value
  const validationErrors = [...(await serverErrors(deps, rules)), ...(await checkboxErrors(deps, rules))]
  if (validationErrors.length > 0) return fail({ kind: 'invalid', validationErrors })
  const written = await writeNext(deps, caller, { action: 'policy.save', number, rules, restored: null })
  if (written.ok || written.error.kind === 'conflict') return written as Result<{ number: number }, RulesConflict>
  return fail({ kind: 'invalid', validationErrors: await serverErrors(deps, rules) })
}

/**
 * Whether a message may get another mail server by a draft, which is then saved in a fresh session only, as another default mail server is
 * chosen. False for a draft that does not parse. Errors that another save can correct before this one are not looked at.
 */
export async function saveMayMoveMail(deps: PolicyDeps, { fields, number }: { fields: PolicyFields; number: number }) {
  const parsed = parsePolicy(fields)
  return parsed.ok && maySucceedAndMove(deps, number, parsed.value)
}

/** The same for going back to a revision. */
export async function restoreMayMoveMail(deps: PolicyDeps, { restored, number }: { restored: number; number: number }) {
  const revision = await loadRevision(deps.db, restored)
  // Both may be saved until it is carried out. What is unreadable is never restored, nor is a revision that comes after the newest.
  if (!revision) return restored < number
  return revision.rules ? maySucceedAndMove(deps, number, revision.rules) : false
}

/** Only rules that are based on the newest revision are saved, so they are compared with the one that they are based on. */
async function maySucceedAndMove({ db }: PolicyDeps, number: number, rules: PolicyRules): Promise<boolean> {
  const before = number === 0 ? NO_RULES : (await loadRevision(db, number))?.rules
  return !before || mayMoveMail(before, rules)
}

/** Rules that begin to allow individual senders although no address that they match could be one. */
async function checkboxErrors({ db, mailServers }: PolicyDeps, rules: PolicyRules): Promise<RuleError[]> {
  const [saved, servers] = await Promise.all([loadRules(db), mailServers.list()])
  return uncovered(rules, saved?.rules ?? null, sendingBy(servers)).map(({ id }) => ({
    rule: id,
    field: 'individual',
    validationError: { key: 'rule.individual' },
  }))
}

/** `server-gone`: one of the rules names a mail server that has been removed. */
type RestoreRulesError = RulesConflict | { kind: 'no-revision' | 'unreadable' | 'server-gone' }

/**
 * Goes back to an earlier revision by saving it again as the next one.
 *
 * @param input.restored the revision to go back to
 * @param input.number the revision that the caller looked at
 */
export async function restore(
  deps: PolicyDeps,
  caller: Caller,
  { restored, number }: { restored: number; number: number },
): Promise<Result<{ number: number }, RestoreRulesError>> {
  const revision = await loadRevision(deps.db, restored)
  const refused = (kind: 'no-revision' | 'unreadable' | 'server-gone') =>
    refuse(deps, auditEntry('policy.restore', caller, 'policy', { restored }), { kind })
  if (!revision) return refused('no-revision')
  if (!revision.rules) return refused('unreadable')
  if ((await serverErrors(deps, revision.rules)).length > 0) return refused('server-gone')
  return writeNext(deps, caller, { action: 'policy.restore', number, rules: revision.rules, restored })
}

export interface RulesConflict {
  kind: 'conflict'
  /** The revision that a second attempt must be based on. */
  number: number
  /** The keys of what was changed since the revision that the refused save was based on, or null if that one or the newest cannot be read. */
  changed: string[] | null
  /** `isOwn` if the caller saved it, for example in another tab; `fields` is null if what is saved cannot be read. */
  theirs: { by: string; isOwn: boolean; fields: PolicyFields | null }
}

interface NextRevision {
  action: 'policy.save' | 'policy.restore'
  /** The revision that the change is based on. */
  number: number
  rules: PolicyRules
  /** The revision that is restored; null if the rules are saved. */
  restored: number | null
}

/** Writes valid rules as the next revision, or answers with what is saved now if that is no longer the one they are based on. */
async function writeNext(
  deps: PolicyDeps,
  caller: Caller,
  { action, number, rules, restored }: NextRevision,
): Promise<Result<{ number: number }, RulesConflict | { kind: 'server-gone' }>> {
  const current = await loadRules(deps.db)
  const changes = { number: number + 1, ...(restored !== null && { restored }), ...changesOf(current, rules) }
  const audit = auditEntry(action, caller, 'policy', changes)
  const write = { basedOn: number, rules, restored, savedBy: actorName(caller.actor), audit }
  const written = await writeRevision(deps.db, write, deps.clock.now())
  if (written.ok) return written
  return written.error === 'server-gone' ? fail({ kind: 'server-gone' }) : conflict(deps, caller, action, number)
}

/** Rules that name a mail server that cannot send. */
async function serverErrors({ mailServers }: PolicyDeps, { rules }: PolicyRules): Promise<RuleError[]> {
  const servers = sendingBy(await mailServers.list())
  return rules.flatMap(({ id, outcome }): RuleError[] => {
    const picked = serverPicked(outcome)
    return picked !== null && !servers(picked)
      ? [{ rule: id, field: 'server', validationError: { key: 'rule.server' } }]
      : []
  })
}

/** What changed, by the names of the rules, for the audit entry. */
function changesOf(before: StoredRules | null, after: PolicyRules): AuditEntry['details'] {
  if (before && !before.rules) return { rules: after.rules.length, before: 'unreadable' }
  const changes = differences(fieldsOf(before?.rules ?? NO_RULES), fieldsOf(after))
  const namesOf = (kind: 'added' | 'removed' | 'moved'): string =>
    changes.flatMap((change) => (change.kind === kind && 'rule' in change ? [change.rule.name] : [])).join(', ')
  const changedNames = new Set(changes.flatMap((change) => (change.kind === 'field' ? [change.after.name] : [])))
  const names = {
    added: namesOf('added'),
    removed: namesOf('removed'),
    moved: namesOf('moved'),
    changed: [...changedNames].join(', '),
  }
  return {
    rules: after.rules.length,
    ...Object.fromEntries(Object.entries(names).filter(([, text]) => text !== '')),
    ...(changes.some(({ kind }) => kind === 'otherwise') && { otherwise: after.otherwise }),
  }
}

/** Records the refusal and reads what is saved now, for the form to show next to the draft. */
async function conflict(
  deps: PolicyDeps,
  caller: Caller,
  action: NextRevision['action'],
  madeOn: number,
): Promise<Result<never, RulesConflict>> {
  const saved = await loadRules(deps.db)
  const number = saved?.number ?? 0
  const before = madeOn === 0 ? NO_RULES : (await loadRevision(deps.db, madeOn))?.rules
  const theirs = theirsOf(saved, caller)
  const changed = before && theirs.fields ? changedSince(fieldsOf(before), theirs.fields) : null
  return refuse(deps, auditEntry(action, caller, 'policy', { madeOn, number }), {
    kind: 'conflict',
    number,
    changed,
    theirs,
  })
}

function theirsOf(saved: StoredRules | null, { actor }: Caller): RulesConflict['theirs'] {
  if (!saved) return { by: '', isOwn: false, fields: fieldsOf(NO_RULES) }
  const isOwn = saved.savedBy === actorName(actor)
  return { by: saved.savedBy, isOwn, fields: saved.rules && fieldsOf(saved.rules) }
}
