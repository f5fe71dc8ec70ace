import { bind } from '../kernel/bind'
import { DAY_MS } from '../kernel/time'
import { cancel, hold, release, resend, retryNow } from './change-messages'
import type { OutboxDeps } from './deps'
import { pauseServer, resumeServer } from './pause-server'
import { removeOld, saveRetention } from './retention'
import type { MessageCounts, OutboxPulse, Unconfirmed } from './store/messages'
import { type Traffic, trafficOf, trafficSince } from './traffic'

/** Failed messages are counted so far: the pages say "1,000 and more". */
export const COUNTED_MAX = 1_000
/** A reply that takes longer is reported on the pages. */
export const UNCONFIRMED_AFTER_MS = 30_000

/** What pages and the command line do with the outbox. Each change and its audit entry are one transaction. */
export function createOutboxService(deps: OutboxDeps) {
  const { list, message, delivery, mailboxUse, retention } = deps.store
  return {
    ...{ list, message, delivery, mailboxUse, retention },
    ...bind(deps, { counts, pulse, unconfirmed, traffic, saveRetention, removeOld }),
    ...bind(deps, { hold, release, cancel, resend, retryNow, pauseServer, resumeServer }),
  }
}

export type OutboxService = ReturnType<typeof createOutboxService>

/** `failed` is counted up to `COUNTED_MAX`. */
const counts = ({ store }: OutboxDeps): Promise<MessageCounts> => store.counts(COUNTED_MAX)

/** Failed messages of the last 24 hours, what waits, and when a message was accepted last. */
const pulse = ({ store, clock }: OutboxDeps): Promise<OutboxPulse> =>
  store.pulse(new Date(clock.now().getTime() - DAY_MS), COUNTED_MAX)

/** Messages that have been waiting longer than usual for the reply of their mail server. */
const unconfirmed = ({ store, clock }: OutboxDeps): Promise<Unconfirmed> =>
  store.unconfirmed(new Date(clock.now().getTime() - UNCONFIRMED_AFTER_MS))

/** The last 24 hours and the last 30 days. */
async function traffic({ store, clock }: OutboxDeps): Promise<Traffic> {
  const now = clock.now()
  return trafficOf(await store.traffic(trafficSince(now)), now)
}
