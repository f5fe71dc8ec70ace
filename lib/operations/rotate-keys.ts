import { type AuditEntry, appendAudit, auditEntry } from '../audit'
import { kidsOfChainKeys, resealChainKeys, storeChainKeys } from '../audit/store/keys'
import type { DbDeps } from '../db'
import { runsWithAnotherKey } from '../db/maintenance/presence'
import { keyVerdict, leaveKeyCheck } from '../db/sealing-key-check'
import { type Caller, type Cloud, fail, ok, type Result, START_CALLER, type Vault } from '../kernel'
import { resealRow, rowsByKid, rowsNotUnder } from './store/sealing-keys'

export interface KeyRotationDeps extends DbDeps {
  environment: { keys: readonly { kid: string }[]; clouds: readonly Cloud[] }
  vault: Vault
}

export type KeyStatus = Awaited<ReturnType<typeof keyStatus>>

/**
 * Every key of the key file, in its order, then those that only the database still names, each with the number of secrets that are sealed
 * with it. `current` is null if there is no key file. `mayGo`: nothing needs the key any more, so its line may be removed from the key file.
 * `missing`: the database needs it and the key file has not got it. `wrong`: another key under the same id.
 */
export async function keyStatus({ environment, db, vault }: KeyRotationDeps) {
  const [counts, forRecord] = await Promise.all([rowsByKid(db), kidsOfChainKeys(db)])
  const here = environment.keys.map(({ kid }) => kid)
  const [current = null] = here
  const keys = await Promise.all(
    here.map(async (kid) => {
      const rows = counts.get(kid) ?? 0
      const mayGo = kid !== current && rows === 0 && !forRecord.has(kid)
      return { kid, rows, mayGo, state: await keyVerdict(db, vault, kid) }
    }),
  )
  // Without any key nothing can be sealed or checked either, so that one is missing too which sealed nothing but keys of the audit log.
  const isNeeded = (kid: string, rows: number) => rows > 0 || (here.length === 0 && forRecord.has(kid))
  const missing = [...counts].filter(([kid, rows]) => !here.includes(kid) && isNeeded(kid, rows))
  return {
    current,
    keys: [...keys, ...missing.map(([kid, rows]) => ({ kid, rows, mayGo: false, state: 'missing' as const }))],
  }
}

/** The keys that stored secrets need and that are missing, or differ from the one under their ID. */
export const problemsOf = ({ keys }: KeyStatus) =>
  keys.flatMap(({ kid, state }) => (state === 'missing' || state === 'wrong' ? [{ kid, problem: state }] : []))
export type KeyProblem = ReturnType<typeof problemsOf>[number]

export const areSound = (status: KeyStatus): boolean => problemsOf(status).length === 0

/**
 * Runs at every start. Stores the check value of a new key, and names each key that is missing or differs from the one under its ID. The
 * start continues, so that an administrator can sign in and read this.
 */
export async function checkKeys(services: KeyRotationDeps): Promise<KeyProblem[]> {
  const status = await keyStatus(services)
  const { db, vault } = services
  const now = status.keys.find(({ kid }) => kid === status.current)?.state
  if (now === 'new') await leaveKeyCheck(db, vault)
  if (now === 'new' || now === 'right') await storeChainKeys(db, vault)
  return problemsOf(status)
}

/**
 * Runs once, at the first start with an audit log whose entries are not keyed. A keyed entry ends the old chain, so that its entries
 * cannot be changed from then on either.
 */
export async function beginKeyedRecord({ db, clock }: Pick<KeyRotationDeps, 'db' | 'clock'>): Promise<void> {
  const newest = await db.auditEvent.findFirst({ orderBy: { sequence: 'desc' }, select: { keyId: true } })
  if (!newest || newest.keyId !== null) return
  await db.$transaction((tx) => appendAudit(tx, auditEntry('audit.keyed', START_CALLER, null), clock.now()))
}

type Rotation = { done: number; left: number; failed: number }

export type RotationFault =
  | { kind: 'no-keys' }
  | { kind: 'key-wrong'; kid: string }
  /** A running process started without this key, and could not open what is sealed with it. */
  | { kind: 'not-started'; kid: string }
  /** Nothing was touched: these secrets do not open, so the key that could open them must come back first. */
  | { kind: 'unreadable'; credentialIds: string[] }

/**
 * Seals every secret again with the first key, one row at a time, while the console keeps running. If it is interrupted, the next call
 * continues. It does not begin while a row cannot be opened, because an old key might then be discarded too early.
 */
export async function rotateKeys(
  services: KeyRotationDeps,
  by: Caller,
  onProgress: (progress: Rotation) => void = () => {},
): Promise<Result<Rotation, RotationFault>> {
  const { environment, db, vault, clock } = services
  const { clouds } = environment
  if (environment.keys.length === 0) return refused({ kind: 'no-keys' })
  const kid = vault.currentKid()
  if ((await keyVerdict(db, vault, kid)) === 'wrong') return refused({ kind: 'key-wrong', kid })
  if (await runsWithAnotherKey(db, kid)) return refused({ kind: 'not-started', kid })
  await leaveKeyCheck(db, vault)
  await storeChainKeys(db, vault)

  const rows = await rowsNotUnder(db, kid)
  const unreadable: string[] = []
  for (const row of rows)
    if ((await resealRow(db, row, { vault, clouds, trial: true })) === 'unreadable') unreadable.push(row.id)
  if (unreadable.length > 0) return refused({ kind: 'unreadable', credentialIds: unreadable })

  const progress = { done: 0, left: rows.length, failed: 0 }
  for (const row of rows) {
    const resealed = await resealRow(db, row, { vault, clouds, trial: false })
    progress[resealed === 'done' ? 'done' : 'failed'] += 1
    progress.left -= 1
    onProgress({ ...progress })
  }
  await resealChainKeys(db, vault)
  await record(progress.failed > 0 ? 'failed' : 'done', { kid, ...progress })
  return ok(progress)

  async function refused(fault: RotationFault): Promise<Result<never, RotationFault>> {
    await record('refused', { reason: fault.kind })
    return fail(fault)
  }
  function record(result: AuditEntry['result'], details: AuditEntry['details']): Promise<void> {
    return db.$transaction((tx) => appendAudit(tx, auditEntry('keys.rotate', by, null, details, result), clock.now()))
  }
}
