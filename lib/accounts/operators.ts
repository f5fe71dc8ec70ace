import { may } from '../access/permissions'
import { type AuditEntry, auditEntry, refuse } from '../audit'
import { rollBack } from '../db'
import { type Caller, ok, type Result, type Role } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { type AccountsDeps, subjectOf } from './deps'
import { factorMail } from './factor-mail'
import { putNotice } from './notices'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import { createAccount, faultReason, makeSetUpToken, parseProfile, setUpPath, signInEmail } from './set-up-link'
import type { OperatorRecord, SignInChange } from './store'
import type { FactorNotice, PeopleFault, ProfileFault } from './terms'

type PeopleResult<T = null> = Result<T, PeopleFault>

/** Changes that one operator may make to the account of another. */
export type PeopleChange =
  /** `from`: the role that the caller saw. Without it nothing is changed. */
  | { kind: 'change-role'; from: Role | null; role: Role }
  | { kind: 'disable' | 'enable' | 'remove' | 'reset-second-factor' | 'new-link' }

type Attempt = Pick<AuditEntry, 'action' | 'subject'>

const deny = (fault: PeopleFault): never => rollBack(fault)

export const OPERATOR_ACTIONS: Record<PeopleChange['kind'], AuditEntry['action']> = {
  'change-role': 'operator.change-role',
  disable: 'operator.disable',
  enable: 'operator.enable',
  remove: 'operator.remove',
  'reset-second-factor': 'operator.reset',
  'new-link': 'operator.reset',
}

const denied = (deps: AccountsDeps, caller: Caller, { action, subject }: Attempt, fault: PeopleFault) =>
  refuse(deps, auditEntry(action, caller, subject, { reason: faultReason(fault) }), fault)

/** Runs a change. A denial rolls it back and leaves an audit entry. */
async function judged<T>(
  deps: AccountsDeps,
  caller: Caller,
  attempt: Attempt,
  work: (change: SignInChange) => Promise<T>,
): Promise<PeopleResult<T>> {
  const done = await deps.database.inOneStep<T, PeopleFault>(work)
  return done.ok ? done : denied(deps, caller, attempt, done.error)
}

/** Read inside the transaction: another administrator may have changed the account of the caller in between. The command line needs shell access instead. */
async function mustStillManagePeople(change: SignInChange, { actor }: Caller): Promise<void> {
  if (actor.kind === 'command-line' || actor.kind === 'system') return
  const operator = actor.kind === 'operator' ? await change.operatorById(actor.id) : null
  if (!operator || operator.disabledAt !== null || !may(operator.role, 'people:write'))
    deny({ kind: 'no-longer-admin' })
}

export const listOperators = ({ database }: AccountsDeps, ids?: readonly string[]) => database.tables.operators(ids)

export const pageOfOperators = ({ database }: AccountsDeps, text: string, page: { page: number; size: number }) =>
  database.tables.operatorPage(text, page)

/** Before the first administrator exists. */
export const isNew = async ({ database }: AccountsDeps): Promise<boolean> =>
  (await database.tables.countOperators()) === 0

export interface NewOperator {
  email: string
  name: string
  role: Role
  /** Null for a set-up link instead of a password. */
  password: Redacted | null
}

/** Adds an operator with a password, or with a set-up link where they choose one. */
export async function addOperator(
  deps: AccountsDeps,
  caller: Caller,
  input: NewOperator,
): Promise<PeopleResult<{ id: string; setUpPath: Redacted | null }>> {
  const email = signInEmail(input.email)
  const attempt = { action: 'operator.create', subject: null } as const
  const chosen = input.password
    ? chosenPassword(input.password, [email ?? input.email, input.name])
    : ok<Redacted | null>(null)
  const parsed = parseProfile(email, input, chosen)
  if (!parsed.ok) {
    const isTaken = email !== null && (await deps.database.tables.operatorByEmail(email)) !== null
    const faults: ProfileFault[] = [...(isTaken ? [{ kind: 'email-taken' as const }] : []), ...parsed.error.faults]
    return denied(deps, caller, attempt, { kind: 'invalid', faults })
  }
  const { password, ...profile } = parsed.value
  const passwordHash = password && (await hashPassword(password.reveal()))

  return judged(deps, caller, attempt, async (change) => {
    await change.lockSetup()
    await change.lockAdmins()
    await mustStillManagePeople(change, caller)
    if (await change.operatorByEmail(profile.email)) deny({ kind: 'email-taken' })
    const account = { ...profile, role: input.role }
    const id = await createAccount(change, account, passwordHash, deps.clock.now())
    const link = passwordHash === null ? new Redacted(setUpPath(await makeSetUpToken(deps, change, id))) : null
    await showLink(deps, change, caller, profile.email, link)
    const details = {
      email: profile.email,
      role: input.role,
      signIn: passwordHash === null ? 'set-up link' : 'password',
    }
    await change.audit(auditEntry('operator.create', caller, subjectOf(id), details))
    return { id, setUpPath: link }
  })
}

/** In the browser a page shows the link once; the command line prints it. */
async function showLink(
  deps: AccountsDeps,
  change: SignInChange,
  { actor }: Caller,
  email: string,
  link: Redacted | null,
): Promise<void> {
  if (link === null || actor.kind !== 'operator') return
  await putNotice(deps, change, actor.id, { kind: 'set-up-link', email, path: link.reveal() })
}

/**
 * Changes another operator's account. Ends that operator's sessions, so a role that was taken away is gone on the next request. The last
 * administrator who can sign in cannot be removed, however many requests arrive at once.
 *
 * @param isRepeated It was done before. Nothing is changed, and if it is no longer so, another person has changed it back.
 */
export async function changeOperator(
  deps: AccountsDeps,
  caller: Caller,
  operatorId: string,
  wanted: PeopleChange,
  isRepeated = false,
): Promise<PeopleResult<{ setUpPath: Redacted | null; mail: FactorNotice }>> {
  const action = OPERATOR_ACTIONS[wanted.kind]
  const removeFactor =
    wanted.kind === 'reset-second-factor' && !isRepeated
      ? await factorMail(deps, caller, await deps.database.tables.operatorById(operatorId))
      : null
  return judged(deps, caller, { action, subject: subjectOf(operatorId) }, async (change) => {
    const admins = await change.lockAdmins()
    if (isOneStep(wanted) && caller.actor.kind === 'operator' && caller.actor.id === operatorId)
      deny({ kind: 'own-account' })
    await mustStillManagePeople(change, caller)
    const operator = await change.operatorById(operatorId)
    if (!operator) return wanted.kind === 'remove' ? { setUpPath: null, mail: {} } : deny({ kind: 'not-found' })
    await change.lockOperator(operatorId)
    if (isSoAlready(operator, wanted) || (isRepeated && isOneStep(wanted))) return { setUpPath: null, mail: {} }
    if (wanted.kind === 'change-role' && (isRepeated || wanted.from !== operator.role)) deny({ kind: 'role-changed' })
    if (isRepeated) deny({ kind: 'access-changed' })
    if (takesAdmin(wanted) && admins.includes(operatorId) && admins.length === 1) deny({ kind: 'last-admin' })
    const mail = (await removeFactor?.(change, operatorId)) ?? {}
    const { link = null, details } = await apply(deps, change, operator, wanted)
    await showLink(deps, change, caller, operator.email, link)
    const entry = { email: operator.email, ...details, ...mail }
    await change.audit(auditEntry(action, caller, subjectOf(operatorId), entry))
    return { setUpPath: link, mail }
  })
}

/** They are done whatever came after them. On one's own account page they ask for the password, which the thief of a session does not have. */
const isOneStep = ({ kind }: PeopleChange): boolean => kind === 'reset-second-factor' || kind === 'new-link'

const isSoAlready = ({ role, disabledAt }: OperatorRecord, wanted: PeopleChange): boolean =>
  wanted.kind === 'change-role'
    ? wanted.role === role
    : (wanted.kind === 'disable' && disabledAt !== null) || (wanted.kind === 'enable' && disabledAt === null)

const takesAdmin = (wanted: PeopleChange): boolean =>
  wanted.kind === 'disable' || wanted.kind === 'remove' || (wanted.kind === 'change-role' && wanted.role !== 'admin')

/** @returns the new set-up link, and what the audit entry says besides the kind of change */
async function apply(
  deps: AccountsDeps,
  change: SignInChange,
  { id, role }: OperatorRecord,
  wanted: PeopleChange,
): Promise<{ link?: Redacted; details?: AuditEntry['details'] }> {
  switch (wanted.kind) {
    case 'change-role':
      await change.updateOperator(id, { role: wanted.role })
      await change.endSessions(id)
      return { details: { from: role, to: wanted.role } }
    case 'disable':
      await change.updateOperator(id, { disabledAt: deps.clock.now() })
      await change.dropSetupTokens(id)
      await change.endSessions(id)
      return {}
    case 'enable':
      await change.updateOperator(id, { disabledAt: null })
      return {}
    case 'remove':
      await change.removeOperator(id)
      return {}
    case 'reset-second-factor':
      await change.endSessions(id)
      return { details: { what: 'second factor' } }
    case 'new-link': {
      await change.dropSetupTokens(id)
      await change.endSessions(id)
      const link = new Redacted(setUpPath(await makeSetUpToken(deps, change, id)))
      return { link, details: { what: 'set-up link' } }
    }
  }
}

/**
 * Helps an administrator with a shell when no operator can sign in any more. Removes the second factor, ends all sessions, enables the
 * account, makes it an administrator if requested, and returns a link to choose a new password.
 */
export async function rescueOperator(
  deps: AccountsDeps,
  caller: Caller,
  typedEmail: string,
  makeAdmin: boolean,
): Promise<PeopleResult<{ setUpPath: Redacted; mail: FactorNotice }>> {
  const email = signInEmail(typedEmail) ?? ''
  const removeFactor = await factorMail(deps, caller, await deps.database.tables.operatorByEmail(email))
  return judged(deps, caller, { action: 'operator.reset', subject: null }, async (change) => {
    await change.lockAdmins()
    const operator = await change.operatorByEmail(email)
    if (!operator) return deny({ kind: 'not-found' })
    const mail = await removeFactor(change, operator.id)
    await change.endSessions(operator.id)
    await change.dropSetupTokens(operator.id)
    await change.updateOperator(operator.id, { disabledAt: null, ...(makeAdmin ? { role: 'admin' } : {}) })
    const link = new Redacted(setUpPath(await makeSetUpToken(deps, change, operator.id)))
    const details = { email, what: 'second factor, sessions, password', madeAdmin: makeAdmin, ...mail }
    await change.audit(auditEntry('operator.reset', caller, subjectOf(operator.id), details))
    return { setUpPath: link, mail }
  })
}
