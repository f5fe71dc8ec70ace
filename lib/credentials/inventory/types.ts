import type { AppCredentialModel, InventoryRunModel } from '../../db/generated/models'
import { DAY_MS } from '../../kernel'
import { CRITICAL_WITHIN_DAYS } from '../expiry'

/** The state of an application's secret or certificate, by its date alone. */
export const INVENTORY_STATES = ['expired', 'critical', 'soon', 'healthy', 'date-unknown'] as const
export type InventoryState = (typeof INVENTORY_STATES)[number]

/** The times between two states. A date that equals one of them belongs to the worse state. */
export type Borders = ReturnType<typeof bordersOf>

/** A credential that expires within that many days is due: from the first reminder on. */
export const dueWithinDays = (thresholdsDays: readonly number[]): number =>
  Math.max(CRITICAL_WITHIN_DAYS, ...thresholdsDays)

/** The same rules as for the credentials of the mail servers (`outlookOf`). */
export const bordersOf = (thresholdsDays: readonly number[], now: Date) => ({
  expired: now,
  critical: new Date(now.getTime() + CRITICAL_WITHIN_DAYS * DAY_MS),
  soon: new Date(now.getTime() + dueWithinDays(thresholdsDays) * DAY_MS),
})

export function inventoryState(endsAt: Date | null, { expired, critical, soon }: Borders): InventoryState {
  if (endsAt === null) return 'date-unknown'
  if (endsAt <= expired) return 'expired'
  if (endsAt <= critical) return 'critical'
  return endsAt <= soon ? 'soon' : 'healthy'
}

/** One secret or certificate, with its application. Names are chosen by people in the tenant and are shown as foreign text. */
export interface InventoryRow
  extends Omit<AppCredentialModel, 'tenantId' | 'kind' | 'searchText' | 'ownerless' | 'runId'> {
  appId: string
  application: string
  owners: string[]
  kind: 'secret' | 'certificate'
}

export type InventoryKey = Pick<InventoryRow, 'objectId' | 'keyId'>

/** `due`: not expired yet, but critical or soon. What is muted is in none of the others. */
export const STATE_CHOICES = ['due', ...INVENTORY_STATES, 'all', 'muted'] as const
/** `urgent`: what expires next first, and of what has expired the latest first. */
export const ORDER_CHOICES = ['urgent', 'earliest', 'latest'] as const

/** `none`: only applications without an owner. After the sign comes the name of an owner, as Graph gave it. */
export type OwnerChoice = 'any' | 'none' | `=${string}`

export interface InventoryFilter {
  state: (typeof STATE_CHOICES)[number]
  kind: InventoryRow['kind'] | null
  /** Part of the name of an application, a credential or an owner, or of an ID. */
  text: string
  owner: OwnerChoice
  order: (typeof ORDER_CHOICES)[number]
}

/** Whether it leaves out rows of every state. */
export const isNarrowed = ({ kind, text, owner }: InventoryFilter): boolean =>
  kind !== null || text !== '' || owner !== 'any'

/** Whether the latest expiry date comes first. Unknown dates come last in either order. */
export const isLatestFirst = ({ order, state }: Pick<InventoryFilter, 'order' | 'state'>): boolean =>
  order === 'latest' || (order === 'urgent' && state === 'expired')

/** Whether a bulk change of this filter unmutes what is muted; otherwise it mutes what is listed. */
export const isForUnmuting = ({ state }: Pick<InventoryFilter, 'state'>): boolean => state === 'muted'

/** Muted credentials are counted in none of the states. */
export type InventoryCounts = Record<InventoryState | 'muted', number>

/** `settings`: the mail server was changed during the run. `switched-off`: by an administrator. `unanswered`: for hours. */
export const INVENTORY_FAULTS = [
  'not-permitted',
  'no-credential',
  'no-token',
  'unanswered',
  'refused',
  'settings',
  'switched-off',
] as const
export interface InventoryFaultNote {
  code: (typeof INVENTORY_FAULTS)[number]
  /** Without secrets. */
  evidence: string
}

export interface InventoryRun extends Omit<InventoryRunModel, 'state' | 'leasedUntil' | 'fault'> {
  state: 'running' | 'done' | 'failed'
  fault: InventoryFaultNote | null
}

/** A run that no other worker continues until the lease ends. Each write renews the lease, or finds that it was lost. */
export interface LeasedRun extends InventoryRun {
  leasedUntil: Date
}
