import type { AuditEntry } from '../../audit/entry'
import type { DirectoryApplication } from '../../entra/contracts'
import type { Result } from '../../kernel/result'
import { DAY_MS } from '../../kernel/time'
import { CRITICAL_WITHIN_DAYS } from '../expiry'

/** How a secret or certificate of some application stands, by its date alone. */
export const INVENTORY_STATES = ['expired', 'critical', 'soon', 'healthy', 'date-unknown'] as const
export type InventoryState = (typeof INVENTORY_STATES)[number]

/** The instants between two states; an end that falls on one belongs to the worse. */
export interface Borders {
  expired: Date
  critical: Date
  soon: Date
}

/** Within so many days a credential is due: from the first reminder on. */
export const dueWithinDays = (thresholdsDays: readonly number[]): number =>
  Math.max(CRITICAL_WITHIN_DAYS, ...thresholdsDays)

/** As the credentials of the mail servers are judged (`outlookOf`). */
export const bordersOf = (thresholdsDays: readonly number[], now: Date): Borders => ({
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

/** One secret or certificate, with the application it belongs to. Names are the tenant's own: foreign text. */
export interface InventoryRow {
  objectId: string
  keyId: string
  appId: string
  application: string
  owners: string[]
  kind: 'secret' | 'certificate'
  displayName: string
  hint: string | null
  thumbprint: string | null
  startsAt: Date | null
  endsAt: Date | null
  mutedAt: Date | null
  mutedBy: string | null
}

/** Where a row is in the order of expiry dates; unknown dates come last. */
export type InventoryPlace = Pick<InventoryRow, 'endsAt' | 'objectId' | 'keyId'>
export type InventoryCursor = { kind: 'first' } | { kind: 'after' | 'before'; place: InventoryPlace }

/** `due`: not expired yet, but critical or soon. */
export const STATE_CHOICES = ['due', ...INVENTORY_STATES] as const
/** `urgent`: what expires next first, and of what has expired the latest first. */
export const ORDER_CHOICES = ['urgent', 'earliest', 'latest'] as const

export const MUTED_CHOICES = ['shown', 'muted', 'all'] as const
export const OWNER_CHOICES = ['any', 'none'] as const

export interface InventoryFilter {
  /** Null for all. */
  state: (typeof STATE_CHOICES)[number] | null
  kind: InventoryRow['kind'] | null
  /** Part of an application's, a credential's or an owner's name, or of an ID. */
  text: string
  muted: (typeof MUTED_CHOICES)[number]
  /** `none`: of applications that nobody owns. */
  owner: (typeof OWNER_CHOICES)[number]
  order: (typeof ORDER_CHOICES)[number]
}

/** Whether the latest expiry date comes first. Unknown dates come last in either order. */
export const isLatestFirst = ({ order, state }: Pick<InventoryFilter, 'order' | 'state'>): boolean =>
  order === 'latest' || (order === 'urgent' && state === 'expired')

/** What the whole filter means to a bulk change: mute what is shown, or unmute what is muted. */
export const isForUnmuting = ({ muted }: Pick<InventoryFilter, 'muted'>): boolean => muted === 'muted'

export interface InventoryPage {
  rows: InventoryRow[]
  hasEarlier: boolean
  hasLater: boolean
}

/** Muted ones stand in none of the states. */
export type InventoryCounts = Record<InventoryState | 'muted', number>

/** `settings`: the mail server changed meanwhile. `switched-off`: by an administrator. `unanswered`: for hours. */
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
  /** Scrubbed (S-14). */
  evidence: string
}

/** What was last found about the permission, by somebody who asked. */
export interface InventoryRight {
  at: Date
  fault: InventoryFaultNote | null
}

/** Whose right: another application, or the same one elsewhere, has its own. */
export interface RightHolder {
  tenantId: string
  clientId: string
}

export interface InventoryRun {
  id: string
  tenantId: string
  state: 'running' | 'done' | 'failed'
  startedBy: string
  startedAt: Date
  endedAt: Date | null
  nextLink: string | null
  pages: number
  applications: number
  credentials: number
  waitsUntil: Date | null
  fault: InventoryFaultNote | null
}

/** A run that nobody else works at until the lease ends; each write renews it, or finds that it was lost. */
export interface LeasedRun extends InventoryRun {
  leasedUntil: Date
}

export interface InventoryStore {
  /** Refused while one is running. */
  begin(
    run: Pick<InventoryRun, 'id' | 'tenantId' | 'startedBy' | 'startedAt'>,
    audit: AuditEntry,
  ): Promise<Result<void, 'running'>>
  /** One whose time has come and whom nobody holds: a new one, one that waited, one whose reader died. */
  claim(now: Date, leaseMs: number): Promise<LeasedRun | null>
  /** The page and where the next one is, in one transaction. Null: the lease was lost, nothing was written. */
  keepPage(
    held: LeasedRun,
    page: { applications: DirectoryApplication[]; nextLink: string | null; now: Date; leaseMs: number },
  ): Promise<LeasedRun | null>
  /** Lets go of it until then. `fault`: why, where something is amiss. */
  postpone(held: LeasedRun, until: Date, fault: InventoryFaultNote | null): Promise<void>
  /** `done` removes what the run did not see; `failed` removes nothing. False: the lease was lost. */
  end(
    held: LeasedRun,
    outcome: { state: 'done' } | { state: 'failed'; fault: InventoryFaultNote },
    write: { now: Date; audit: (run: Pick<InventoryRun, 'applications' | 'credentials'>) => AuditEntry },
  ): Promise<boolean>
  right(holder: RightHolder): Promise<InventoryRight | null>
  keepRight(holder: RightHolder, right: InventoryRight, audit: AuditEntry): Promise<void>
  /** Newest of any state, and the newest that came to its end. */
  latest(tenantId: string): Promise<{ run: InventoryRun | null; done: InventoryRun | null }>
  page(
    tenantId: string,
    wish: { filter: InventoryFilter; cursor: InventoryCursor; borders: Borders; rows: number },
  ): Promise<InventoryPage>
  counts(tenantId: string, borders: Borders): Promise<InventoryCounts>
  /** False: there is none such, or it is so already; then there is no audit row either. */
  setMuted(
    of: { tenantId: string; objectId: string; keyId: string },
    write: { muted: boolean; by: string; now: Date; audit: AuditEntry },
  ): Promise<boolean>
  /** How many rows a bulk change of this filter would change. */
  countToMute(tenantId: string, wish: { filter: InventoryFilter; borders: Borders }): Promise<number>
  /** Mutes all that match the filter, or unmutes them (`isForUnmuting`). Returns how many it changed; 0 leaves no audit row. */
  muteMatching(
    tenantId: string,
    wish: { filter: InventoryFilter; borders: Borders },
    write: { by: string; now: Date; audit: (count: number) => AuditEntry },
  ): Promise<number>
}
