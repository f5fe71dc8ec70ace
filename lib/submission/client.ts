import ipaddr from 'ipaddr.js'
import type { ClientModel } from '../db/generated/models'
import { DAY_MS, isDay, ok, type Result, recordOf, remembered } from '../kernel'
import { type Matcher, matcherOf, parsePattern, patternText, subjectOf } from '../policy/pattern'
import { parseRecipientEmail } from '../validation/email-address'
import { parseApiKeyName, parseProfileName } from '../validation/text'
import {
  allParsed,
  invalid,
  ofEntry,
  type Parsed,
  parseChoice,
  type ValidationError,
} from '../validation/validation-error'

/** How a client proves who it is: user name and password by SMTP, its network address alone, or a bearer key by HTTP. */
export const CLIENT_WAYS = ['login', 'network', 'api-key'] as const
export type ClientWay = (typeof CLIENT_WAYS)[number]
export const CLIENT_KINDS = ['printer', 'application', 'script', 'other'] as const
export type ClientKind = (typeof CLIENT_KINDS)[number]
/** To whom the failure of a message is reported. */
export const FAILURE_REPORTS = ['originator', 'owner', 'nobody'] as const
export type FailureReport = (typeof FAILURE_REPORTS)[number]
export const SCOPES = ['send', 'read'] as const
export type Scope = (typeof SCOPES)[number]

export interface ClientSettings {
  kind: ClientKind
  name: string
  /** Address of the person who looks after it; null if there is none. */
  owner: string | null
  place: string
  /** Patterns as text; one of them matches every sender that it may use. */
  senders: string[]
  /** CIDRs that it may connect from. Empty for any. */
  networks: string[]
  /** Messages a minute; null for no separate limit. */
  maxPerMinute: number | null
  failureReport: FailureReport
  /** What an API key may do; empty for another client. */
  scopes: Scope[]
  expiresAt: Date | null
}

/** A client that exists. Its secret is never read. */
export interface Client
  extends ClientSettings,
    Omit<ClientModel, keyof ClientSettings | 'way' | 'secretHash' | 'removedAt' | 'expiryVersion' | 'firstMessageAt'> {
  way: ClientWay
}

/** In the order of the form. `scopes` is empty for `send`. `expiresAt` is the last day on which a key is valid; empty for no end. */
export const FIELD_NAMES = [
  'name',
  'kind',
  'place',
  'owner',
  'senders',
  'networks',
  'maxPerMinute',
  'failureReport',
  'scopes',
  'expiresAt',
] as const
/** As typed into the form or given to the command; lists are separated by commas, blanks or lines. */
export type ClientFields = Record<(typeof FIELD_NAMES)[number], string>
export const NO_FIELDS: ClientFields = recordOf(FIELD_NAMES, () => '')
export type ClientErrors = Partial<Record<keyof ClientFields, ValidationError>>

export const SENDERS_MAX = 50
export const NETWORKS_MAX = 50
/** Two networks of /1 have every address. The largest private networks are `10.0.0.0/8` and `fc00::/7`. */
const openNetworkBitsMin = (network: string): number => (network.includes(':') ? 7 : 8)
const PER_MINUTE_MAX = 10_000

/** Parses what was typed, or returns everything that is wrong with it. */
export function parseClient(fields: ClientFields, way: ClientWay, now: Date): Result<ClientSettings, ClientErrors> {
  const failureReport = parseChoice((fields.failureReport || 'originator').trim(), FAILURE_REPORTS, 'client.choice')
  const isOwnerNeeded = failureReport.ok && failureReport.value === 'owner'
  const withoutOwner = isOwnerNeeded ? invalid('client.ownerMissing') : ok(null)
  return allParsed({
    name: way === 'api-key' ? parseApiKeyName(fields.name) : parseProfileName(fields.name),
    kind: parseChoice(fields.kind.trim(), CLIENT_KINDS, 'client.choice'),
    place: fields.place.trim() === '' ? ok('') : parseProfileName(fields.place),
    owner: fields.owner.trim() === '' ? withoutOwner : parseRecipientEmail(fields.owner),
    senders: parseSenders(fields.senders),
    networks: parseNetworks(fields.networks, way),
    maxPerMinute: parsePerMinute(fields.maxPerMinute),
    failureReport,
    scopes: way === 'api-key' ? parseScopes(fields.scopes) : ok([]),
    expiresAt: way === 'api-key' ? parseLastDay(fields.expiresAt, now) : ok(null),
  })
}

/** Parses new settings of a client that exists. A key that expired keeps its date when something else is changed. */
export function parseChange(before: Client, fields: ClientFields, now: Date): ReturnType<typeof parseClient> {
  const isSameDay = before.expiresAt?.toISOString().slice(0, 10) === fields.expiresAt.trim()
  const parsed = parseClient(isSameDay ? { ...fields, expiresAt: '' } : fields, before.way, now)
  return parsed.ok && isSameDay ? ok({ ...parsed.value, expiresAt: before.expiresAt }) : parsed
}

const entriesOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/u).filter((part) => part !== ''))]

function parseSenders(text: string): Parsed<string[]> {
  const senders: string[] = []
  const parts = entriesOf(text)
  for (const part of parts) {
    const sender = parseSender(part)
    if (!sender.ok) return parts.length === 1 ? sender : ofEntry(sender.error, part)
    senders.push(sender.value)
  }
  if (senders.length === 0) return invalid('client.sendersMissing')
  return senders.length > SENDERS_MAX ? invalid('client.tooMany', { max: SENDERS_MAX }) : ok([...new Set(senders)])
}

function parseSender(text: string): Parsed<string> {
  const pattern = parsePattern(text)
  // An expression could match more than its reader expects, and here it would decide who may pretend to be whom.
  if (pattern.ok) return pattern.value.kind === 'regex' ? invalid('client.sender') : ok(patternText(pattern.value))
  return pattern.error.key.startsWith('pattern.') ? invalid('client.sender') : pattern
}

function parseNetworks(text: string, way: ClientWay): Parsed<string[]> {
  const networks: string[] = []
  for (const part of entriesOf(text)) {
    const network = networkOf(part)
    const entry = part.slice(0, 50)
    if (network === null) return invalid('client.network', { entry })
    const bits = openNetworkBitsMin(network)
    if (way === 'network' && Number(network.split('/')[1]) < bits)
      return invalid('client.networkLarge', { entry, bits })
    networks.push(network)
  }
  if (way === 'network' && networks.length === 0) return invalid('client.networksMissing')
  return networks.length > NETWORKS_MAX ? invalid('client.tooMany', { max: NETWORKS_MAX }) : ok([...new Set(networks)])
}

/** A network in canonical form: the first address and the length. A single address has its full length, and IPv4 mapped into IPv6 is IPv4. */
function networkOf(text: string): string | null {
  try {
    if (!text.includes('/')) {
      const address = ipaddr.process(text)
      return `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`
    }
    const [address, length] = ipaddr.parseCIDR(text)
    if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && length >= 96)
      return networkOf(`${address.toIPv4Address()}/${length - 96}`)
    const first =
      address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
    return `${first.toString()}/${length}`
  } catch {
    return null
  }
}

function parsePerMinute(text: string): Parsed<number | null> {
  if (text.trim() === '') return ok(null)
  const number = /^[1-9]\d{0,4}$/.test(text.trim()) ? Number(text) : Number.NaN
  return number <= PER_MINUTE_MAX ? ok(number) : invalid('client.perMinute', { max: PER_MINUTE_MAX })
}

export function parseScopes(text: string): Parsed<Scope[]> {
  const names = entriesOf(text)
  const scopes = SCOPES.filter((scope) => names.includes(scope))
  if (scopes.length < names.length) return invalid('client.scopes', { choices: SCOPES.join(', ') })
  return ok(scopes.length === 0 ? ['send'] : scopes)
}

/** The end of a day in UTC, such as `2027-12-31`. */
export const lastMomentOf = (day: string): Date => new Date(`${day}T23:59:59.999Z`)

function parseLastDay(text: string, now: Date): Parsed<Date | null> {
  const day = text.trim()
  if (day === '') return ok(null)
  if (!isDay(day)) return invalid('client.day')
  const end = lastMomentOf(day)
  return end <= now ? invalid('expiresAt.over') : ok(end)
}

export const isInNetworks = (address: string, networks: readonly string[]): boolean =>
  matchedLength(address, networks) >= 0

/** Those of all clients are compared with each address that connects, and to read one takes longer than to compare it. */
const RANGES_MAX = 10_000
const rangeOf = remembered((network: string) => ipaddr.parseCIDR(network), RANGES_MAX)
const addressIn = remembered((text: string) => (ipaddr.isValid(text) ? ipaddr.process(text) : null), 1)

/** Prefix length of the smallest network that an address is in; -1 if none. An IPv4 address in IPv6 form is the IPv4 address. */
export function matchedLength(text: string, networks: readonly string[]): number {
  const address = addressIn(text)
  if (!address) return -1
  const there = networks.map(rangeOf).filter((range) => range[0].kind() === address.kind() && address.match(range))
  return Math.max(-1, ...there.map(([, length]) => length))
}

/** Patterns are few and clients use the same ones for every message. */
const MATCHERS_MAX = 5_000

const matcherFor = remembered((text: string): Matcher => {
  const pattern = parsePattern(text)
  return pattern.ok ? matcherOf(pattern.value) : () => false
}, MATCHERS_MAX)

/** The first allowed sender that is one address: as a pattern it would name no one. */
export function ownAddress({ senders }: Pick<ClientSettings, 'senders'>): string | null {
  for (const sender of senders) {
    const pattern = parsePattern(sender)
    if (pattern.ok && pattern.value.kind === 'address') return pattern.value.address
  }
  return null
}

/** Whether a client may send as this address, which our parser has normalised. */
export function maySendAs({ senders }: Pick<ClientSettings, 'senders'>, address: string): boolean {
  const subject = subjectOf(address)
  return senders.some((sender) => matcherFor(sender)(subject))
}

/** An enabled client that was seen, but not within this time, is silent. A refusal is current for as long. */
export const SILENT_AFTER_MS = 7 * DAY_MS

/**
 * `refused`: its newest attempt was refused. `stopped`: an open alert says that it has stopped sending. `active`: seen within 7 days.
 * `silent`: seen, but not within 7 days. `unused`: never seen. `over`: an API key that has expired.
 */
export const CLIENT_STATES = ['refused', 'stopped', 'active', 'silent', 'unused', 'over', 'disabled'] as const
export type ClientState = (typeof CLIENT_STATES)[number]
