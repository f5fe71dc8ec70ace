import type { AppCredentialModel, InventoryRunModel } from '../../db/generated/models'
import { DAY_MS } from '../../kernel/time'
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

/** Where a row is in the order of expiry dates; unknown dates come last. */
export type InventoryPlace = Pick<InventoryRow, 'endsAt' | 'objectId' | 'keyId'>
export type InventoryCursor = { kind: 'first' } | { kind: 'after' | 'before'; place: InventoryPlace }

/** `due`: not expired yet, but critical or soon. */
export const STATE_CHOICES = ['due', ...INVENTORY_STATES] as const
/** `urgent`: what expires next first, and of what has expired the latest first. */
export const ORDER_CHOICES = ['urgent', 'earliest', 'latest'] as const

export const MUTED_CHOICES = ['shown', 'muted', 'all'] as const
/** `none`: only applications without an owner. After the sign comes the name of an owner, as Graph gave it. */
export type OwnerChoice = 'any' | 'none' | `=${string}`

export interface InventoryFilter {
  /** Null for all. */
  state: (typeof STATE_CHOICES)[number] | null
  kind: InventoryRow['kind'] | null
  /** Part of the name of an application, a credential or an owner, or of an ID. */
  text: string
  muted: (typeof MUTED_CHOICES)[number]
  owner: OwnerChoice
  order: (typeof ORDER_CHOICES)[number]
}

/** Whether the latest expiry date comes first. Unknown dates come last in either order. */
export const isLatestFirst = ({ order, state }: Pick<InventoryFilter, 'order' | 'state'>): boolean =>
  order === 'latest' || (order === 'urgent' && state === 'expired')

/** Whether a bulk change of this filter unmutes what is muted; otherwise it mutes what is listed. */
export const isForUnmuting = ({ muted }: Pick<InventoryFilter, 'muted'>): boolean => muted === 'muted'

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

/** The result of the latest check of the permission. */
export interface InventoryRight {
  at: Date
  fault: InventoryFaultNote | null
}

/** The application that has the permission, in one tenant. */
export interface RightHolder {
  tenantId: string
  clientId: string
}

export interface InventoryRun extends Omit<InventoryRunModel, 'state' | 'leasedUntil' | 'fault'> {
  state: 'running' | 'done' | 'failed'
  fault: InventoryFaultNote | null
}

/** A run that no other worker continues until the lease ends. Each write renews the lease, or finds that it was lost. */
export interface LeasedRun extends InventoryRun {
  leasedUntil: Date
}
