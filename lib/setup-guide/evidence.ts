import { SEND_AS_APP } from '../diagnosis'
import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import type { Stage } from '../kernel/stage'
import type { EvidenceRun, SavedServer } from './ports'
import { CREDENTIAL_CODES, type Step, type StepId } from './steps'
import { factOf, type Guide, isAbout, isAboutApp } from './values'

/** Microsoft's longest time until a permission holds everywhere (RBAC for Applications). */
export const SETTLING_MS = 2 * 60 * 60 * 1000

export type StepState =
  | { kind: 'open'; note?: 'role-not-needed'; instead?: Instead }
  | { kind: 'verified'; by: { testId: string; at: Date } | { version: number }; instead?: Instead }
  | {
      kind: 'rejected'
      testId: string
      at: Date
      code: DiagnosisCode | 'object-id-differs' | 'role-there'
      told?: string
    }
  /** As disproved, but so soon after a change that waiting may be all it takes. */
  | { kind: 'settling'; testId: string; at: Date; code: DiagnosisCode }

/** What is in use in place of the credential that the step tells of, and needs no secret. */
export type Instead = Exclude<NonNullable<SavedServer['proof']>, 'secret'>

export interface Settling {
  testId: string
  code: DiagnosisCode
  since: Date
  until: Date
}

type Seen = { kind: 'proves' } | { kind: 'disproves'; code: DiagnosisCode } | null

const passed = (run: EvidenceRun, stage: Stage): boolean =>
  run.stages.some((each) => each.stage === stage && (each.state === 'passed' || each.state === 'warned'))

const rolesOf = (run: EvidenceRun): string[] | null => {
  const roles = factOf(run, 'roles')
  return Array.isArray(roles) ? roles : null
}

/** With the role in the token Exchange asks for the mailbox permission, without it for the role of its own. Null: not known. */
const carriesRole = (run: EvidenceRun): boolean | null => rolesOf(run)?.includes(SEND_AS_APP) ?? null

/** A missing role is a warning to the test, which goes on; it counts against the step only where the test then failed. */
const codesOf = (run: EvidenceRun): string[] => {
  const warning = run.outcome === 'failed' ? factOf(run, 'warning') : null
  return [run.code, warning].filter((code) => typeof code === 'string')
}

/** On path B a token without the role is right, so the refusal of one is told by what Exchange said and not by the role. */
const withoutRole = (run: EvidenceRun): EvidenceRun =>
  run.code === 'role-missing' || run.code === 'role-wrong' ? { ...run, code: 'exchange-rejected-token' } : run

/** What a test must have seen for the step to be ticked. */
const PROVES: Record<StepId, (run: EvidenceRun) => boolean> = {
  register: (run) => passed(run, 'token'),
  secret: (run) => run.current && passed(run, 'token'),
  certificate: (run) => run.current && passed(run, 'token'),
  permission: (run) => carriesRole(run) === true,
  consent: (run) => carriesRole(run) === true,
  noPermission: (run) => carriesRole(run) === false,
  objectId: (run) => factOf(run, 'oid') !== null,
  servicePrincipal: (run) => passed(run, 'auth'),
  mailboxPermission: (run) => passed(run, 'sender') && carriesRole(run) !== false,
  rbacRole: (run) => passed(run, 'sender') && carriesRole(run) !== true,
  smtpAuth: (run) => passed(run, 'auth'),
  fillIn: (run) => passed(run, 'settings'),
  save: () => false,
  test: (run) => run.current && run.outcome === 'accepted' && !run.dryRun,
}

/** Steps that are about the application alone; a test with another sender counts for them too. */
const OF_THE_APP: ReadonlySet<StepId> = new Set([
  'register',
  'permission',
  'consent',
  'noPermission',
  'objectId',
  'servicePrincipal',
])

/** Disproof first: a later stage of the same test may take back what an earlier one seemed to prove. */
function seenIn(run: EvidenceRun, step: Step): Seen {
  const code = step.rejectedBy.find((each) => codesOf(run).includes(each))
  if (code) return { kind: 'disproves', code }
  if (step.id === 'test' && run.current && run.code) return { kind: 'disproves', code: run.code }
  return PROVES[step.id](run) ? { kind: 'proves' } : null
}

/** Each step by the newest test that says anything about it. */
export function stateOf(
  step: Step,
  guide: Guide,
  runs: readonly EvidenceRun[],
  saved: SavedServer | null,
  now: Date,
): StepState {
  const { choices } = guide
  if (step.id === 'save')
    return saved && isSaved(guide, saved) ? { kind: 'verified', by: { version: saved.version } } : { kind: 'open' }
  if (step.id === 'secret' || step.id === 'certificate') {
    const inUse = saved?.proof ?? null
    if (inUse === null) return { kind: 'open' }
    if (inUse !== choices.proof) {
      // Whoever reads of a certificate while a secret is in use is about to make one.
      if (inUse === 'secret') return { kind: 'open' }
      const state = stateBy({ ...step, rejectedBy: CREDENTIAL_CODES[inUse] }, guide, runs, now)
      return state.kind === 'open' || state.kind === 'verified' ? { ...state, instead: inUse } : state
    }
  }
  const state = stateBy(step, guide, runs, now)
  if (step.id === 'fillIn' && state.kind === 'open' && saved && isSaved(guide, saved))
    return { kind: 'verified', by: { version: saved.version } }
  return state
}

/** By the tests alone. */
function stateBy(step: Step, guide: Guide, runs: readonly EvidenceRun[], now: Date): StepState {
  const { values, choices } = guide
  const about = runs.filter((run) => (OF_THE_APP.has(step.id) ? isAboutApp(run, values) : isAbout(run, values)))
  for (const run of choices.path === 'rbac' ? about.map(withoutRole) : about) {
    const seen = seenIn(run, step)
    const at = { testId: run.id, at: run.startedAt }
    if (seen?.kind === 'proves') return contradiction(step, run, guide) ?? { kind: 'verified', by: at }
    if (seen?.kind === 'disproves') {
      const settling = RETRY_OF[seen.code] === 'settling' && settlingOf(guide, runs, now) !== null
      return settling ? { kind: 'settling', ...at, code: seen.code } : { kind: 'rejected', ...at, code: seen.code }
    }
    if (step.id === 'noPermission' && carriesRole(run)) return { kind: 'rejected', ...at, code: 'role-there' }
    if (step.id === 'permission' && run.outcome === 'accepted' && rolesOf(run) !== null)
      return { kind: 'open', note: 'role-not-needed' }
  }
  return { kind: 'open' }
}

/** The Object ID of the registration is accepted everywhere and works nowhere: a typed one must be the token's. */
function contradiction({ id }: Step, run: EvidenceRun, { values }: Guide): StepState | null {
  const oid = factOf(run, 'oid')
  if (id !== 'objectId' || typeof oid !== 'string' || values.objectId === null || values.objectId === oid) return null
  return { kind: 'rejected', testId: run.id, at: run.startedAt, code: 'object-id-differs', told: oid }
}

const isSaved = ({ values }: Guide, saved: SavedServer): boolean =>
  saved.proof !== null &&
  saved.cloud === values.cloud.id &&
  saved.tenantId === values.tenantId &&
  saved.clientId === values.clientId &&
  saved.sender === values.sender

/**
 * Whether the newest test failed as it may after a change, and the first of these failures in a row is not two hours old:
 * nobody tells us when somebody changed something at Microsoft, so the first failure stands for it. Another failure, or two
 * hours without a test, begin a new row.
 */
export function settlingOf(
  { values }: Pick<Guide, 'values'>,
  runs: readonly EvidenceRun[],
  now: Date,
): Settling | null {
  const [newest, ...older] = runs.filter((run) => isAbout(run, values))
  if (!newest?.code || newest.outcome !== 'failed' || RETRY_OF[newest.code] !== 'settling') return null
  let first = newest
  for (const run of older) {
    const gapMs = first.startedAt.getTime() - run.startedAt.getTime()
    if (run.outcome !== 'failed' || run.code !== newest.code || gapMs > SETTLING_MS) break
    first = run
  }
  const until = new Date(first.startedAt.getTime() + SETTLING_MS)
  return until.getTime() > now.getTime()
    ? { testId: newest.id, code: newest.code, since: first.startedAt, until }
    : null
}
