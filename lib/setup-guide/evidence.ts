import { SEND_AS_APP } from '../diagnosis'
import { PROPAGATES_WITHIN_MS } from '../kernel'
import { type DiagnosisCode, RETRY_OF } from '../kernel/diagnosis-code'
import { STAGES, type Stage } from '../kernel/stage'
import { CREDENTIAL_CODES, type Step, type StepId } from './steps'
import type { SavedServer, TestRun } from './store/evidence'
import { factOf, type Guide, isAbout, isAboutApp } from './values'

export type StepState =
  | { kind: 'open'; note?: 'role-not-needed' | 'message-since' | 'message'; instead?: Instead }
  | {
      kind: 'verified'
      /** `messageId` is null once the accepted message has been deleted; `server` names the other mail server that showed it. */
      by: (({ testId: string } | { messageId: string | null }) & { at: Date; server?: string }) | { version: number }
      instead?: Instead
    }
  | {
      kind: 'rejected'
      testId: string
      at: Date
      code: DiagnosisCode | 'object-id-differs' | 'role-there'
      /** The Object ID in the token, for `object-id-differs`. */
      objectId?: string
    }
  /** Rejected, but so soon after a change that Microsoft may not have applied it everywhere yet. */
  | { kind: 'propagating'; testId: string; at: Date; code: DiagnosisCode }

/** The credential in use, where it replaces the one that the step describes. */
export type Instead = Exclude<NonNullable<SavedServer['credential']>, 'secret'>

const passed = (run: TestRun, stage: Stage): boolean =>
  run.stages.some((each) => each.stage === stage && (each.state === 'passed' || each.state === 'warned'))

const rolesOf = (run: TestRun): string[] | null => {
  const roles = factOf(run, 'roles')
  return Array.isArray(roles) ? roles : null
}

/** Whether the token has the role. With it Exchange checks the mailbox permission, without it RBAC. Null if not known. */
const carriesRole = (run: TestRun): boolean | null => rolesOf(run)?.includes(SEND_AS_APP) ?? null

/** In the test a missing role is only a warning. It counts against the step only if the test then failed. */
const codesOf = (run: TestRun): string[] => {
  const warning = run.outcome === 'failed' ? factOf(run, 'warning') : null
  return [run.code, warning].filter((code) => typeof code === 'string')
}

/** On path B a token without the role is right, so a failure is Exchange's answer and not the missing role. */
const withoutRole = (run: TestRun): TestRun =>
  run.code === 'role-missing' || run.code === 'role-wrong' ? { ...run, code: 'exchange-rejected-token' } : run

/** What a test must have shown for the step to be verified. */
const VERIFIES: Record<StepId, (run: TestRun) => boolean | undefined> = {
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
  test: (run) => run.isMessage || (run.current && run.outcome === 'accepted' && !run.dryRun),
}

/** Steps that concern only the application. For them a test with another sender counts too. */
const OF_THE_APP: readonly StepId[] = [
  'register',
  'permission',
  'consent',
  'noPermission',
  'objectId',
  'servicePrincipal',
]

/**
 * The fault for which a test rejects a step, if it does. It comes first, because a later stage may reject what an earlier one of the same test
 * seemed to verify.
 */
const rejectionOf = (run: TestRun, step: Step): DiagnosisCode | null =>
  step.rejectedBy.find((each) => codesOf(run).includes(each)) ?? (step.id === 'test' && run.current ? run.code : null)

/** Its token cannot be looked into. */
const PASSED_BY_MESSAGE = STAGES.filter((stage) => stage !== 'claims')

/**
 * The tests with the message that the server accepted, newest first. Its token is like that of the newest test if that one was accepted
 * or came later; after a failed test a permission may have been granted. A previous secret may have sent the message, so it says nothing of
 * the current one.
 */
export function withDeliveredMessage(tests: readonly TestRun[], saved: SavedServer | null): readonly TestRun[] {
  if (!saved?.delivered) return tests
  const { cloud, tenantId, clientId, sender, delivered } = saved
  const isOfApp = ({ values }: TestRun) =>
    values.cloud === cloud && values.tenantId === tenantId && values.clientId === clientId
  const newest = tests.find((run) => isOfApp(run) && rolesOf(run))
  const isAlike = newest && (newest.outcome === 'accepted' || newest.startedAt > delivered.at)
  const token = isAlike ? newest.stages.find(({ stage }) => stage === 'claims') : undefined
  const message: TestRun = {
    id: delivered.messageId ?? '',
    isMessage: true,
    startedAt: delivered.at,
    values: { cloud, tenantId, clientId, sender },
    current: false,
    dryRun: false,
    outcome: 'accepted',
    code: null,
    stages: [...PASSED_BY_MESSAGE.map((stage) => ({ stage, state: 'passed' })), ...(token ? [token] : [])],
  }
  return [message, ...tests].toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
}

/** The state of a step, from the newest test that says something about it. */
export function stateOf(
  step: Step,
  guide: Guide,
  runs: readonly TestRun[],
  saved: SavedServer | null,
  now: Date,
): StepState {
  if (step.id === 'save')
    return saved && isSaved(guide, saved) ? { kind: 'verified', by: { version: saved.version } } : { kind: 'open' }
  if (step.id === 'secret' || step.id === 'certificate') {
    const inUse = saved?.credential ?? null
    if (inUse === null) return { kind: 'open' }
    if (inUse !== guide.choices.credential) {
      // A reader who chose a certificate while a secret is in use is about to create one.
      if (inUse === 'secret') return { kind: 'open' }
      const state = testedState({ ...step, rejectedBy: CREDENTIAL_CODES[inUse] }, guide, runs, now)
      return state.kind === 'open' || state.kind === 'verified' ? { ...state, instead: inUse } : state
    }
  }
  const state = testedState(step, guide, runs, now)
  if (step.id === 'fillIn' && state.kind === 'open' && saved && isSaved(guide, saved))
    return { kind: 'verified', by: { version: saved.version } }
  return state
}

/**
 * By what its own mail server showed. If that says nothing, another one may have confirmed what is at Microsoft; why another one fails may not
 * concern this one.
 */
function testedState(step: Step, guide: Guide, runs: readonly TestRun[], now: Date): StepState {
  const stateBySome = (isOwn: boolean): StepState => {
    const some = runs.filter(({ server }) => (server === undefined) === isOwn)
    return stateIn(step, guide, some, now)
  }
  const own = stateBySome(true)
  const isShared = step.part !== 'here' && step.id !== 'secret' && step.id !== 'certificate'
  if (!isShared || own.kind !== 'open' || (own.note && own.note !== 'message')) return own
  const other = stateBySome(false)
  return other.kind === 'verified' ? other : own
}

function stateIn(step: Step, guide: Guide, runs: readonly TestRun[], now: Date): StepState {
  const { values, choices } = guide
  const relevant = runs.filter((run) => (OF_THE_APP.includes(step.id) ? isAboutApp(run, values) : isAbout(run, values)))
  for (const run of choices.path === 'rbac' ? relevant.map(withoutRole) : relevant) {
    const code = rejectionOf(run, step)
    const isPast = isOfRole(step) && relevant.some((each) => each.isMessage && each.startedAt > run.startedAt)
    if (code && isPast) return { kind: 'open', note: 'message-since' }
    const state = code ? rejectedState(run, code, guide, runs, now) : stateBy(run, step, guide)
    if (state) return state
  }
  return isOfRole(step) && relevant.some(({ isMessage }) => isMessage)
    ? { kind: 'open', note: 'message' }
    : { kind: 'open' }
}

function rejectedState(
  run: TestRun,
  code: DiagnosisCode,
  guide: Guide,
  runs: readonly TestRun[],
  now: Date,
): StepState {
  const isPropagating = RETRY_OF[code] === 'settling' && propagationOf(guide, runs, now) !== null
  const at = { testId: run.id, at: run.startedAt }
  return isPropagating ? { kind: 'propagating', ...at, code } : { kind: 'rejected', ...at, code }
}

/** What a test that found no fault of the step says about it; null if nothing. */
function stateBy(run: TestRun, step: Step, guide: Guide): StepState | null {
  const at = { testId: run.id, at: run.startedAt }
  if (VERIFIES[step.id](run)) {
    const evidence = run.isMessage ? { messageId: run.id || null, at: run.startedAt } : at
    const by = run.server === undefined ? evidence : { ...evidence, server: run.server }
    return objectIdError(step, run, guide) ?? { kind: 'verified', by }
  }
  if (step.id === 'noPermission' && carriesRole(run)) return { kind: 'rejected', ...at, code: 'role-there' }
  const isNotNeeded = step.id === 'permission' && run.outcome === 'accepted' && rolesOf(run) !== null
  return isNotNeeded ? { kind: 'open', note: 'role-not-needed' } : null
}

/** Whether the step is about the role in the token. A message accepted later shows that the role is there, or that it is not needed. */
const isOfRole = ({ id }: Step): boolean => id === 'permission' || id === 'consent'

/** The Object ID of the app registration is accepted everywhere but does not work, so an entered one must match the token. */
function objectIdError({ id }: Step, run: TestRun, { values }: Guide): StepState | null {
  const oid = factOf(run, 'oid')
  if (id !== 'objectId' || typeof oid !== 'string' || values.objectId === null || values.objectId === oid) return null
  return { kind: 'rejected', testId: run.id, at: run.startedAt, code: 'object-id-differs', objectId: oid }
}

export const isSaved = ({ values }: Guide, saved: SavedServer): boolean =>
  saved.credential !== null && isAbout({ values: saved }, values)

/**
 * Whether the newest test failed as it may after a change at Microsoft, and how long that may last. The time of the change is not
 * known, so the first failure of the series is taken for it. Another kind of failure, or two hours without a test, starts a new
 * series.
 *
 * @returns null if the newest test did not fail in this way, or if the series began more than two hours ago
 */
export function propagationOf({ values }: Pick<Guide, 'values'>, runs: readonly TestRun[], now: Date) {
  const [newest, ...older] = runs.filter((run) => isAbout(run, values))
  if (!newest?.code || newest.outcome !== 'failed' || RETRY_OF[newest.code] !== 'settling') return null
  let first = newest
  for (const run of older) {
    const gapMs = first.startedAt.getTime() - run.startedAt.getTime()
    if (run.outcome !== 'failed' || run.code !== newest.code || gapMs > PROPAGATES_WITHIN_MS) break
    first = run
  }
  const until = new Date(first.startedAt.getTime() + PROPAGATES_WITHIN_MS)
  return until.getTime() > now.getTime()
    ? { testId: newest.id, code: newest.code, since: first.startedAt, until }
    : null
}
