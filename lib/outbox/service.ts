import { bind } from '../kernel/bind'
import { pick } from '../kernel/pick'
import { DAY_MS } from '../kernel/time'
import { cancel, dismiss, hold, release, resend, retryNow } from './change-messages'
import type { OutboxDeps } from './deps'
import { pauseServer, resumeServer } from './pause-server'
import { removeOld, saveRetention } from './retention'
import type { OutboxPulse, Unconfirmed } from './store/messages'
import type { ServerTraffic, Since } from './store/traffic'
import { DAYS, firstHourOfDay, firstHourOfMonth, type Traffic, trafficOf } from './traffic'

/** A reply that takes longer is reported on the pages. */
export const UNCONFIRMED_AFTER_MS = 30_000

/** What pages and the command line do with the outbox. Each change and its audit entry are one transaction. */
export const createOutboxService = (deps: OutboxDeps) => ({
  ...pick(deps.store, 'list', 'message', 'counts', 'countsOf', 'failures', 'filterChoices', 'mailboxUse', 'retention'),
  ...pick(deps.store, 'newestOfClients', 'waitingOf', 'waitingAt'),
  ...bind(deps, { pulse, unconfirmed, traffic, dayOfServers, countsOfClients, saveRetention, removeOld }),
  ...bind(deps, { hold, release, cancel, resend, retryNow, dismiss, pauseServer, resumeServer }),
})

export type OutboxService = ReturnType<typeof createOutboxService>

/** Failed messages of the last 24 hours, and when a message was accepted last. */
const pulse = ({ store, clock }: OutboxDeps): Promise<OutboxPulse> =>
  store.pulse(new Date(clock.now().getTime() - DAY_MS))

/** Messages that have been waiting longer than usual for the reply of their mail server. */
const unconfirmed = ({ store, clock }: OutboxDeps): Promise<Unconfirmed> =>
  store.unconfirmed(new Date(clock.now().getTime() - UNCONFIRMED_AFTER_MS))

const dayOf = (now: Date): Since => ({ at: new Date(now.getTime() - DAY_MS), firstHour: firstHourOfDay(now) })
const monthOf = (now: Date): Since => ({
  at: new Date(now.getTime() - DAYS * DAY_MS),
  firstHour: firstHourOfMonth(now),
})

/** The last 24 hours and the last 30 days. */
async function traffic({ store, clock }: OutboxDeps): Promise<Traffic> {
  const now = clock.now()
  return trafficOf(await store.traffic({ month: monthOf(now), day: dayOf(now) }), now)
}

/** The last 24 hours of each mail server, as the hours of `traffic`. A mail server for which nothing ended is missing. */
const dayOfServers = ({ store, clock }: OutboxDeps): Promise<ServerTraffic[]> =>
  store.trafficByServer(dayOf(clock.now()))

/** Messages that clients submitted in the last 24 hours and the last 7 days. */
function countsOfClients({ store, clock }: OutboxDeps, ids: readonly string[]) {
  const now = clock.now().getTime()
  const since = { day: new Date(now - DAY_MS), week: new Date(now - 7 * DAY_MS) }
  return store.countsOfClients(ids, since)
}
