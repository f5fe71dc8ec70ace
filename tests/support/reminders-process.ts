/**
 * For tests only: one turn of the worker that plans and sends alerts, the weekly report and reminders, in a process that may be killed. Its orders
 * are JSON in the environment.
 */
import { createAlerts } from '../../lib/alerts'
import { createCredentials } from '../../lib/credentials'
import type { CredentialsDeps } from '../../lib/credentials/deps'
import { createDb } from '../../lib/db'
import { systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { composeNotifications } from '../../lib/services/notifications'
import { testChainKeys } from './chain-keys'
import { outboxAt } from './outbox'
import { quiet, worldAt } from './world'

export interface ReminderOrders {
  url: string
  keys: { kid: string; key: string }[]
  ca: string
  /** Of the webhook. */
  allowNetworks: string[]
  aheadMs: number
}

const { url, keys, ca, allowNetworks, aheadMs } = JSON.parse(process.env.ORDERS ?? '{}') as ReminderOrders
const db = createDb(new Redacted(url), testChainKeys)
const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) }
const sealing = keys.map(({ kid, key }) => ({ kid, key: new Redacted(key) }))
const common = worldAt({
  db,
  clock,
  keys: sealing,
  allowNetworks: ['localhost', ...allowNetworks],
  ports: [25],
  ca: [ca],
})
const environment = { ...common.environment, submission: null, dataDir: '' }
const alerts = createAlerts({ db, clock, log: quiet, environment })
const credentials = createCredentials({ db, clouds: [], clock: common.clock } as unknown as CredentialsDeps)
const outbox = await outboxAt({ database: { url, db }, port: 25 })
const notifications = composeNotifications({
  ...common,
  outbox,
  alerts,
  credentials,
})
await alerts.watch()
await alerts.weekly.plan()
await credentials.planReminders()
await notifications.work()
process.exit(0)
