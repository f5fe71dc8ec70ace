import { bind, pick } from '../kernel'
import { cancel, dismiss, hold, release, resend, retryNow } from './change-messages'
import { pauseServer, resumeServer } from './pause-server'
import { removeOld, saveRetention } from './retention'
import type { OutboxDeps } from './store/store'
import { sinceDay, sinceMonth, type Traffic, type TrafficCounts, totalOf, trafficOf } from './traffic'

/** What pages and the command line do with the outbox. Each change and its audit entry are one transaction. */
export const createOutboxService = (deps: OutboxDeps) => ({
  ...pick(
    deps.store,
    'list',
    'message',
    'counts',
    'countsOf',
    'failures',
    'waitingFaults',
    'filterChoices',
    'mailboxUse',
    'retention',
  ),
  ...pick(deps.store, 'pulse', 'unconfirmed', 'waitingAt', 'aheadOf', 'subjects', 'waitingOf', 'countsOfClients'),
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
