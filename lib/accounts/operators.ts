import { may } from '../access/permissions'
import { type AuditEntry, appendAudit, auditEntry, refuse } from '../audit'
import { inOneStep, rollBack, type Tx } from '../db'
import { type Caller, ok, type Result, type Role } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { type AccountsDeps, subjectOf } from './deps'
import { factorMail } from './factor-mail'
import { keepNotice } from './notices'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import { faultReason, makeSetUpToken, parseProfile, setUpPath, signInEmail } from './set-up-link'
import { dropSetupTokens } from './store/links'
import {
  countOperators,
  createOperator,
  lockAdmins,
  lockOperator,
  lockSetup,
  type OperatorRecord,
  operatorByEmail,
  operatorById,
  operatorPage,
  readOperators,
  removeOperator,
  updateOperator,
} from './store/operators'
import { removeSessions } from './store/sessions'
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
  work: (tx: Tx) => Promise<T>,
): Promise<PeopleResult<T>> {
  const done = await inOneStep<T, PeopleFault>(deps.db, work)
  return done.ok ? done : denied(deps, caller, attempt, done.error)
}

/** Read inside the transaction: another administrator may have changed the account of the caller in between. The command line needs shell access instead. */
async function mustStillManagePeople(tx: Tx, { actor }: Caller): Promise<void> {
  if (actor.kind === 'command-line' || actor.kind === 'system') return
  const operator = actor.kind === 'operator' ? await operatorById(tx, actor.id) : null
  if (!operator || operator.disabledAt !== null || !may(operator.role, 'people:write'))
    deny({ kind: 'no-longer-admin' })
}

export const listOperators = ({ db }: AccountsDeps, ids?: readonly string[]) => readOperators(db, ids)

export const pageOfOperators = ({ db }: AccountsDeps, text: string, page: { page: number; size: number }) =>
  operatorPage(db, text, page)

/** Before the first administrator exists. */
export const isNew = async ({ db }: AccountsDeps): Promise<boolean> => (await countOperators(db)) === 0

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
    const isTaken = email !== null && (await operatorByEmail(deps.db, email)) !== null
    const faults: ProfileFault[] = [...(isTaken ? [{ kind: 'email-taken' as const }] : []), ...parsed.error.faults]
    return denied(deps, caller, attempt, { kind: 'invalid', faults })
  }
  const { password, ...profile } = parsed.value
  const passwordHash = password && (await hashPassword(password.reveal()))

  return judged(deps, caller, attempt, async (tx) => {
    await lockSetup(tx)
    await lockAdmins(tx)
    await mustStillManagePeople(tx, caller)
    if (await operatorByEmail(tx, profile.email)) deny({ kind: 'email-taken' })
    const account = { ...profile, role: input.role }
    const id = await createOperator(tx, account, passwordHash, deps.clock.now())
    const link = passwordHash === null ? new Redacted(setUpPath(await makeSetUpToken(deps, tx, id))) : null
    await showLink(deps, tx, caller, profile.email, link)
    const details = {
      email: profile.email,
      role: input.role,
      signIn: passwordHash === null ? 'set-up link' : 'password',
    }
    await appendAudit(tx, auditEntry('operator.create', caller, subjectOf(id), details), deps.clock.now())
    return { id, setUpPath: link }
  })
}

/** In the browser a page shows the link once; the command line prints it. */
async function showLink(deps: AccountsDeps, tx: Tx, { actor }: Caller, email: string, link: Redacted | null) {
  if (link === null || actor.kind !== 'operator') return
  await keepNotice(deps, tx, actor.id, { kind: 'set-up-link', email, path: link.reveal() })
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
      ? await factorMail(deps, caller, await operatorById(deps.db, operatorId))
      : null
  return judged(deps, caller, { action, subject: subjectOf(operatorId) }, async (tx) => {
    const admins = await lockAdmins(tx)
    if (isOneStep(wanted) && caller.actor.kind === 'operator' && caller.actor.id === operatorId)
      deny({ kind: 'own-account' })
    await mustStillManagePeople(tx, caller)
    const operator = await operatorById(tx, operatorId)
    if (!operator) return wanted.kind === 'remove' ? { setUpPath: null, mail: {} } : deny({ kind: 'not-found' })
    await lockOperator(tx, operatorId)
    if (isSoAlready(operator, wanted) || (isRepeated && isOneStep(wanted))) return { setUpPath: null, mail: {} }
    if (wanted.kind === 'change-role' && (isRepeated || wanted.from !== operator.role)) deny({ kind: 'role-changed' })
    if (isRepeated) deny({ kind: 'access-changed' })
    if (takesAdmin(wanted) && admins.includes(operatorId) && admins.length === 1) deny({ kind: 'last-admin' })
    const mail = (await removeFactor?.(tx, operatorId)) ?? {}
    const { link = null, details } = await apply(deps, tx, operator, wanted)
    await showLink(deps, tx, caller, operator.email, link)
    const entry = { email: operator.email, ...details, ...mail }
    await appendAudit(tx, auditEntry(action, caller, subjectOf(operatorId), entry), deps.clock.now())
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
  tx: Tx,
  { id, role }: OperatorRecord,
  wanted: PeopleChange,
): Promise<{ link?: Redacted; details?: AuditEntry['details'] }> {
  switch (wanted.kind) {
    case 'change-role':
      await updateOperator(tx, id, { role: wanted.role })
      await removeSessions(tx, id)
      return { details: { from: role, to: wanted.role } }
    case 'disable':
      await updateOperator(tx, id, { disabledAt: deps.clock.now() })
      await dropSetupTokens(tx, id)
      await removeSessions(tx, id)
      return {}
    case 'enable':
      await updateOperator(tx, id, { disabledAt: null })
      return {}
    case 'remove':
      await removeOperator(tx, id)
      return {}
    case 'reset-second-factor':
      await removeSessions(tx, id)
      return { details: { what: 'second factor' } }
    case 'new-link': {
      await dropSetupTokens(tx, id)
      await removeSessions(tx, id)
      const link = new Redacted(setUpPath(await makeSetUpToken(deps, tx, id)))
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
  const removeFactor = await factorMail(deps, caller, await operatorByEmail(deps.db, email))
  return judged(deps, caller, { action: 'operator.reset', subject: null }, async (tx) => {
    await lockAdmins(tx)
    const operator = await operatorByEmail(tx, email)
    if (!operator) return deny({ kind: 'not-found' })
    const mail = await removeFactor(tx, operator.id)
    await removeSessions(tx, operator.id)
    await dropSetupTokens(tx, operator.id)
    await updateOperator(tx, operator.id, { disabledAt: null, ...(makeAdmin ? { role: 'admin' } : {}) })
    const link = new Redacted(setUpPath(await makeSetUpToken(deps, tx, operator.id)))
    const details = { email, what: 'second factor, sessions, password', madeAdmin: makeAdmin, ...mail }
    await appendAudit(tx, auditEntry('operator.reset', caller, subjectOf(operator.id), details), deps.clock.now())
    return { setUpPath: link, mail }
  })
}
