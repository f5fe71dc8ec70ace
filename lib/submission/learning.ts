import { type AuditLog, auditEntry, audited, auditedIn, refuse } from '../audit'
import { type DbDeps, named, type Tx } from '../db'
import { LEARNING_LOCK } from '../db/locks'
import { actorName, bind, type Caller, fail, MINUTE_MS, newId, ok, type Result } from '../kernel'
import { type Client, type ClientErrors, type ClientFields, NO_FIELDS, parseClient } from './client'
import { learningName } from './client-name'
import { readLearning } from './store/clients'
import { learnedDevices } from './store/sessions'

/** How long it may run. Two hours at most, since every device of the network may submit during this time. */
export const LEARNING_MINUTES = [15, 30, 60, 120] as const

type LearningDeps = DbDeps & { audit: Pick<AuditLog, 'record'> }

/** Learning mode: for a short time, the devices of a network may submit without a login, so that they can be added one by one. */
export const createLearning = (deps: LearningDeps) => bind(deps, { start, stop, current })

export type Learning = NonNullable<Awaited<ReturnType<typeof current>>>

/**
 * The newest learning mode, running or over; null if there was none. `client` is what its devices are recognised as. Devices of earlier
 * ones are there too, as long as their sessions are kept.
 */
async function current({ db, clock }: DbDeps) {
  const client = await readLearning(db)
  if (!client?.learningUntil) return null
  const { learningUntil: until } = client
  return { client, until, isRunning: until > clock.now(), devices: await learnedDevices(db) }
}

/** The client that its devices are recognised as. */
export const parseLearning = (
  { networks, senders }: Pick<ClientFields, 'networks' | 'senders'>,
  now: Date,
  id = newId(),
) =>
  parseClient(
    { ...NO_FIELDS, kind: 'other', name: learningName(id), senders, networks, failureReport: 'nobody' },
    'network',
    now,
  )

export type StartFault = { kind: 'errors'; errors: ClientErrors } | { kind: 'changed'; client: Client; until: Date }

/**
 * Starts it, in place of an older one.
 *
 * @param input.replaces the id of the running one that the page showed. Another one that runs is left alone: it is another person's.
 */
async function start(
  deps: LearningDeps,
  caller: Caller,
  { minutes, replaces, ...typed }: Pick<ClientFields, 'networks' | 'senders'> & { minutes: number; replaces?: string },
): Promise<Result<{ id: string }, StartFault>> {
  const now = deps.clock.now()
  const id = newId()
  const parsed = parseLearning(typed, now, id)
  if (!parsed.ok) return fail({ kind: 'errors', errors: parsed.error })
  const duration = LEARNING_MINUTES.find((known) => known === minutes) ?? LEARNING_MINUTES[0]
  const until = new Date(now.getTime() + duration * MINUTE_MS)
  const { networks: cidrs, senders: patterns } = parsed.value
  const details = { networks: cidrs.join(', '), senders: patterns.join(', '), minutes: duration }
  const client = { ...parsed.value, id, learningUntil: until, createdBy: actorName(caller.actor) }
  const entry = auditEntry('learning.start', caller, 'learning', details)
  const other = await deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LEARNING_LOCK})`
    const running = await readRunning(tx, deps.clock.now())
    if (running && running.client.id !== replaces) return running
    await auditedIn(tx, deps.clock, entry, async (_tx, at) => {
      await tx.client.updateMany({ where: { learningUntil: { not: null }, removedAt: null }, data: { removedAt: at } })
      return tx.client.createMany({ data: [{ ...client, way: 'network', createdAt: at }] })
    })
    return null
  })
  return other ? refuse(deps, entry, { kind: 'changed', ...other }) : ok({ id })
}

async function readRunning(tx: Tx, now: Date) {
  const client = await readLearning(tx)
  return client?.learningUntil && client.learningUntil > now ? { client, until: client.learningUntil } : null
}

/** Its devices are refused a second later at most, since a listener reads clients no more often. @returns false if it is not running */
const stop = (deps: DbDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, auditEntry('learning.stop', caller, 'learning'), (tx, at) =>
    tx.client.updateMany({ where: { id: named(id), learningUntil: { gt: at } }, data: { learningUntil: at } }),
  )
