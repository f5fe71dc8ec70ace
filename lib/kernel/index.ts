export {
  type CredentialKind,
  credentialKind,
  EXPIRING_KINDS,
  type ExpiringKind,
  hasSealedText,
} from './credential-kind'
export type { DiagnosisCode, Retry } from './diagnosis-code'
export type { FailingCause } from './failing-cause'
export type * from './faults'
export type { LogFields, Logger } from './log'
export type { Cloud, ExchangeOnlineSettings, MailServerSettings } from './mail-server-settings'
export { pick, recordOf } from './records'
export type { Redacted } from './redacted'
export { fail, ok, type Result } from './result'
export type { SealBinding, SealedText, Vault } from './sealing'
export type { Stage, WireStage } from './stage'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A change at Microsoft, such as of a permission, applies everywhere after two hours at most (RBAC for Applications). */
export const PROPAGATES_WITHIN_MS = 2 * HOUR_MS

/** When nothing is due: the infinity of PostgreSQL is no date of JavaScript. */
export const NEVER = new Date('9999-01-01T00:00:00Z')

/** `now` is the calendar time (UTC). `monotonicMs` only measures spans and never steps back. */
export interface Clock {
  now(): Date
  monotonicMs(): number
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() }

const dayNumber = (at: Date): number => Math.floor(at.getTime() / DAY_MS)

/** Days on the UTC calendar between two moments, as people count them: Monday evening to Tuesday morning is one day. */
export const calendarDays = (from: Date, to: Date): number => dayNumber(to) - dayNumber(from)

/** The day of a moment on the UTC calendar, such as `2027-02-28`. */
export const dayText = (at: Date): string => at.toISOString().slice(0, 10)

/** Whether a text, such as `2027-02-28`, is a day of this century. JavaScript alone takes 30 February for 2 March. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return /^20\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** Groups items by their key. Keys and items keep the order in which they come. Node 20 does not have `Map.groupBy`. */
export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, [Item, ...Item[]]> {
  const groups = new Map<Key, [Item, ...Item[]]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** `make` with its results remembered by their argument. Once there are `max` of them, all are forgotten. */
export function remembered<Key, Value>(make: (key: Key) => Value, max = Number.POSITIVE_INFINITY) {
  const results = new Map<Key, Value>()
  return (key: Key): Value => {
    const known = results.get(key)
    if (known !== undefined) return known
    const result = make(key)
    if (results.size >= max) results.clear()
    results.set(key, result)
    return result
  }
}

/** Orders names as people do: “Printer 2” before “Printer 10”, and “anna” next to “Anna”. The database cannot, so lists are sorted after they are read. */
export const compareNames = new Intl.Collator('en', { numeric: true }).compare

/** Choices of one list. More would make a page long, which has each of them twice: then a name is typed. */
export const CHOICES_MAX = 50

/** Makes an id for a row where it must be known before the row exists, such as for the binding of a sealed secret. */
export const newId = (): string => crypto.randomUUID()

/** Makes a UUID of version 7 (RFC 9562 §5.7). They sort by the millisecond in which they were made, and have 74 random bits that cannot be guessed. */
export function newOrderedId(now: Date): string {
  // Variant and random bits of version 4 lie in the same places, and Node takes those of many at once from the system.
  const time = now.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}

/** Milliseconds since 1970 at which an ordered id was created. */
export const timeOfId = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

/** The smallest ordered id that could be created at this time. */
export function idsFrom(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether this is a UUID in lower case, as addresses and forms of the console contain it. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)

export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Reads a stored role. An unknown one has the fewest permissions. */
export const roleOf = (text: string): Role => ROLES.find((role) => role === text) ?? 'viewer'

/** Who acts: an operator account in a browser, a user at a shell, the scheduler itself, or a caller who is not signed in. */
export type Actor =
  | { kind: 'operator'; id: string; email: string; role: Role }
  | { kind: 'command-line'; user: string }
  | { kind: 'system'; name: string }
  | { kind: 'anonymous' }

/** Where a call came from: for the audit entry and for limits. `address` is null for the command line and the scheduler. */
export type Origin = { address: string | null; requestId: string }

export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'operator':
      return actor.email
    case 'command-line':
      return `${actor.user} (command line)`
    case 'system':
      return actor.name
    case 'anonymous':
      return 'anonymous'
  }
}

/** Who acts, and where the call came from. Every operation that leaves an audit entry takes one. */
export interface Caller {
  actor: Actor
  origin: Origin
}

/** The host, while it starts. */
export const START_CALLER: Caller = {
  actor: { kind: 'system', name: 'start' },
  origin: { address: null, requestId: 'start' },
}

/** The worker, acting on its schedule. */
export const SYSTEM_CALLER: Caller = {
  actor: { kind: 'system', name: 'worker' },
  origin: { address: null, requestId: 'clock' },
}

export type Bound<F> = F extends (deps: never, ...args: infer A) => infer R ? (...args: A) => R : never

/** Binds operations to what they need: `bind(deps, { save }).save(caller, input)` calls `save(deps, caller, input)`. */
export function bind<D, T extends Record<string, (deps: D, ...args: never[]) => unknown>>(deps: D, operations: T) {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, (...args: never[]) => operation(deps, ...args)]),
  ) as { [K in keyof T]: Bound<T[K]> }
}

/** Whether a value is an object of JSON: neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value that a text of JSON contains, or undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What was thrown, as one text. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
