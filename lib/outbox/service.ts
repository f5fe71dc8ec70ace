import { auditEntry } from '../audit'
import { actorName, bind, type Caller, pick } from '../kernel'
import { cancel, dismiss, hold, release, resend, retryNow } from './change-messages'
import { removeOld, saveRetention } from './retention'
import type { OutboxDeps } from './store/store'
import { sinceDay, sinceMonth, type Traffic, type TrafficCounts, totalOf, trafficOf } from './traffic'

/** What pages and the command line do with the outbox. Each change and its audit entry are one transaction. */
export const createOutboxService = (deps: OutboxDeps) => ({
  ...pick(deps.store, 'list', 'message', 'counts', 'countsOf', 'failures', 'waitingFaults', 'filterChoices'),
  ...pick(deps.store, 'pulse', 'unconfirmed', 'waitingAt', 'nextAttemptAt', 'aheadOf', 'failedBefore', 'subjects'),
  ...pick(deps.store, 'retention', 'mailboxUse', 'countsOfClients', 'waitingOf'),
  ...bind(deps, { traffic, dayOfServers, saveRetention, removeOld }),
  ...bind(deps, { hold, release, cancel, resend, retryNow, dismiss, pauseServer, resumeServer }),
})

export type OutboxService = ReturnType<typeof createOutboxService>

/** The last 24 hours and the last 30 days. */
async function traffic({ store, clock }: OutboxDeps): Promise<Traffic> {
  const now = clock.now()
  return trafficOf(await store.traffic({ month: sinceMonth(now), day: sinceDay(now) }), now)
}

/** The last 24 hours of each mail server, by its id: the sum of its hours in `traffic`. A mail server that sent nothing is missing. */
async function dayOfServers({ store, clock }: OutboxDeps): Promise<ReadonlyMap<string, TrafficCounts>> {
  const now = clock.now()
  const day = sinceDay(now)
  const { servers } = trafficOf(await store.traffic({ month: day, day }), now)
  return new Map([...servers].map(([id, hours]) => [id, totalOf(hours)]))
}

/** For a person; a fault pauses by delivery/server-pauses.ts. @returns false if a person has paused the mail server already */
function pauseServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const by = actorName(caller.actor)
  const note = { by, code: null, version: null, nextProbeAt: null, isOwn: false }
  return store.pause(mailServerId, note, pauseEntry('mail-server.pause', caller, mailServerId))
}

/** @returns false if the mail server is not paused */
async function resumeServer({ store }: OutboxDeps, caller: Caller, mailServerId: string): Promise<boolean> {
  const isResumed = await store.resume(mailServerId, 'person', pauseEntry('mail-server.resume', caller, mailServerId))
  if (isResumed) await store.wake()
  return isResumed
}

const pauseEntry = (action: 'mail-server.pause' | 'mail-server.resume', caller: Caller, mailServerId: string) =>
  auditEntry(action, caller, `mail-server:${mailServerId}`, { by: 'person' })
