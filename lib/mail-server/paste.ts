/** Reads what people paste: a block of set-up output, or one value with something around it. Pure, without imports: the browser runs it too. */
export interface PastedValues {
  /** Id of a Microsoft cloud, as our set-up scripts print it, or its name; this console may not know it. */
  cloud?: string
  tenantId?: string
  clientId?: string
  clientSecret?: string
  senderAddress?: string
  secretExpiresAt?: string
  /** The Object ID of the enterprise application or the app registration. The page has no field for it, but it is often pasted into one. */
  objectId?: string
  /** Entra shows it next to the secret's value, and it is often copied instead. */
  secretId?: string
}
type Role = keyof PastedValues

/** A part of the pasted text that gave no value. */
export type Unread =
  /** A date whose month is unclear, or that is no valid date. */
  | { kind: 'unclear-date' | 'no-date'; text: string }
  /** A label for which the page has no field. Its value is not repeated because it may be a secret. */
  | { kind: 'label'; label: string }

export interface Reading {
  values: PastedValues
  unread: Unread[]
}

/** The largest block that is read; set-up output has a few hundred characters. */
const BLOCK_CHARS_MAX = 20_000

const GUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const ADDRESS = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}"
/** Between a label and its value: PowerShell pads with blanks, the portal with line ends or tabs, people with colons. */
const GAP = '["\'\\u201c\\u201d\\u201e)]?[\\s:=|>]{1,60}["\'\\u201c\\u201d\\u201e]?'

/** Labels in English and German, of portal, az, PowerShell and environment variables; the more specific ones first. */
const LABELS: readonly [role: Role, label: string, value: string][] = [
  [
    'tenantId',
    '(?:directory\\s*\\(tenant\\)\\s*id|verzeichnis-?id\\s*\\((?:mandant|tenant)\\)|tenant[\\s_-]?id|mandanten?-?id|directory[\\s_-]?id|appOwnerOrganizationId|tenant)',
    GUID,
  ],
  [
    'clientId',
    '(?:application\\s*\\(client\\)\\s*id|anwendungs-?id\\s*\\(client\\)|client[\\s_-]?id|application[\\s_-]?id|app[\\s_-]?id)',
    GUID,
  ],
  ['secretId', '(?:secret[\\s_-]?id|geheimnis-?id|geheime\\s+id|key[\\s_-]?id)', GUID],
  ['objectId', '(?:object[\\s_-]?id|objekt-?id)', GUID],
  [
    'senderAddress',
    '(?:sender(?:[\\s_-]*e?-?mail)?(?:[\\s_-]*address)?|absender(?:[\\s_-]*e?-?mail)?(?:-?\\s*adresse)?|mailbox|postfach)',
    ADDRESS,
  ],
  [
    'secretExpiresAt',
    '(?:secret[\\s_-]?expires[\\s_-]?at|expires(?:[\\s_-]?(?:at|on))?|end[\\s_-]?date(?:[\\s_-]?time)?|valid[\\s_-]?until|g\\u00fcltig\\s+bis)',
    '\\d{1,4}([-./])[ ]?\\d{1,2}\\2[ ]?\\d{1,4}(?!\\d)',
  ],
]
const SECRET_LABEL =
  '(?:client[\\s_-]?secret(?:[\\s_-]?value)?|secret[\\s_-]?(?:text|value)|geheimer\\s+clientschl\u00fcssel|password|(?<![a-z])(?:value|wert))["\']?'
/** Entra's own secrets: three characters, a digit, `Q~`, and 31 to 34 more. */
const ENTRA_SECRET = /[\w.~-]{3}\dQ~[\w.~-]{28,40}/
const SECRETS = [
  // Any other secret has no shape, so its label must be followed by a colon, an equals sign, a tab or a new line. Blanks without a bound
  // on both sides of it would take seconds in a text of line ends.
  new RegExp(
    `${SECRET_LABEL}\\s{0,60}(?:[:=]|\\t|\\r?\\n)\\s{0,60}["']?([\\u0021-\\u007e]{8,512}?)["']?,?(?=\\s|$)`,
    'i',
  ),
  new RegExp(`${SECRET_LABEL} {2,60}(${ENTRA_SECRET.source})(?=\\s|$)`, 'i'),
]
/** On a separate line: our scripts print the id, the demonstration the name. */
const CLOUD = /^[ \t]*microsoft[- ]cloud(?:: ?| {2,60}|\t)[ \t]*(\S[^\r\n]{0,80})$/im
/** Labels that follow a secret without a break, when a one-line field swallowed the line ends. */
const GLUED_LABEL =
  /(?:directory|application|object|tenant|client|secret|verzeichnis-id|anwendungs-id|objekt-id|sender|absender)$/i

/** Members of JSON documents: az, Graph, our settings file, our demo. */
const MEMBERS: Record<string, Role> = {
  cloud: 'cloud',
  tenant: 'tenantId',
  tenantid: 'tenantId',
  appownerorganizationid: 'tenantId',
  appid: 'clientId',
  clientid: 'clientId',
  password: 'clientSecret',
  clientsecret: 'clientSecret',
  secrettext: 'clientSecret',
  objectid: 'objectId',
  sender: 'senderAddress',
  senderaddress: 'senderAddress',
  expiresat: 'secretExpiresAt',
  secretexpiresat: 'secretExpiresAt',
  enddatetime: 'secretExpiresAt',
  keyid: 'secretId',
}

/** The values in a block; null if there are none. */
export function readBlock(text: string): PastedValues | null {
  const { values } = readPasted(text)
  return Object.keys(values).length > 0 ? values : null
}

/** The values in a block, and what gave no value. */
export function readPasted(text: string): Reading {
  if (text.length > BLOCK_CHARS_MAX) return { values: {}, unread: [] }
  const { values, unread } = fromJson(text) ?? fromLabels(text)
  const once = new Map(unread.map((one) => [JSON.stringify(one), one]))
  return { values, unread: [...once.values()] }
}

/** Whether the text contains a secret, recognised by its label or by the format of Entra. Such a text is not shown again. */
export const holdsSecret = (text: string): boolean =>
  ENTRA_SECRET.test(text) || readBlock(text.slice(0, BLOCK_CHARS_MAX))?.clientSecret !== undefined

function fromJson(text: string): Reading | null {
  const opening = text.search(/[[{]/)
  const closing = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  if (opening < 0 || closing < opening) return null
  try {
    const reading: Reading = { values: {}, unread: [] }
    collect(JSON.parse(text.slice(opening, closing + 1)), reading, 0)
    return Object.keys(reading.values).length > 0 ? reading : null
  } catch {
    return null
  }
}

const DEPTH_MAX = 4

const memberRole = (name: string): Role | undefined => MEMBERS[name.toLowerCase().replace(/[^a-z]/g, '')]

function collect(value: unknown, reading: Reading, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return
  const members = Object.entries(value).map(([name, inner]) => [name, memberRole(name), inner] as const)
  const namesApplication = members.some(([, role]) => role === 'clientId' || role === 'tenantId')
  for (const [name, known, inner] of members) {
    // A password alone may be a person's, as in what `demo --json` prints.
    const role = /^password$/i.test(name) && !namesApplication ? undefined : known
    if (typeof inner !== 'string') collect(inner, reading, depth + 1)
    else if (inner.trim() === '') continue
    else if (role) take(role, inner.trim(), reading)
    else reading.unread.push({ kind: 'label', label: name.slice(0, LABEL_CHARS_MAX) })
  }
}

function fromLabels(text: string): Reading {
  const reading: Reading = { values: {}, unread: [] }
  const spans: [from: number, to: number][] = []
  const find = (role: Role, pattern: RegExp, usable: (value: string) => boolean = () => true): void => {
    const match = pattern.exec(text)
    if (!match?.[1] || !usable(match[1])) return
    spans.push([match.index, match.index + match[0].length])
    take(role, match[1].trim(), reading)
  }
  for (const [role, label, value] of LABELS) find(role, new RegExp(`${label}${GAP}(${value})`, 'i'))
  find('cloud', CLOUD)
  for (const pattern of SECRETS)
    if (reading.values.clientSecret === undefined)
      find('clientSecret', pattern, (it) => !new RegExp(`^${GUID}$`).test(it) && !GLUED_LABEL.test(it))
  for (const { index, label } of labelledLines(text))
    if (!spans.some(([from, to]) => from < index + label.length && to > index))
      reading.unread.push({ kind: 'label', label })
  return reading
}

/** The first value of each kind counts. */
function take(role: Role, value: string, { values, unread }: Reading): void {
  if (values[role] !== undefined) return
  if (role !== 'secretExpiresAt') {
    values[role] = value
    return
  }
  const date = readDate(value)
  if (date.kind === 'date') values.secretExpiresAt = date.iso
  else unread.push({ kind: date.kind, text: value.slice(0, LABEL_CHARS_MAX) })
}

const LABEL_CHARS_MAX = 40

/** Lines that begin with a label, as forms and PowerShell write them. */
function* labelledLines(text: string): Generator<{ index: number; label: string }> {
  for (const match of text.matchAll(
    /^[ \t]{0,20}([^\s:=][^:=\r\n\t]{0,38}?)(?: {0,30}[:=](?!\/\/)|\t| {2,30})[ \t]{0,60}\S/gm,
  )) {
    const [whole, label = ''] = match
    yield { index: match.index + whole.indexOf(label), label }
  }
}

type ReadDate = { kind: 'date'; iso: string } | { kind: 'unclear-date' | 'no-date' }

/**
 * A date as Graph, az, or PowerShell in any country print it. A year that comes first is followed by the month; points mean
 * day, month, year; with a slash or a hyphen the day comes first in most countries, the month in the United States.
 */
function readDate(text: string): ReadDate {
  const milliseconds = /^\/Date\((\d{1,14})\)\/$/.exec(text)?.[1] // ConvertTo-Json of Windows PowerShell
  if (milliseconds) return { kind: 'date', iso: new Date(Number(milliseconds)).toISOString().slice(0, 10) }
  const [, first = '', separator, second = '', third = ''] =
    /^(\d{1,4})([-./]) ?(\d{1,2})\2 ?(\d{1,4})(?!\d)/.exec(text) ?? []
  if (first.length === 4) return dateOf(first, second, third)
  if (third.length !== 4) return { kind: 'no-date' }
  if (separator === '.' || Number(first) > 12) return dateOf(third, second, first)
  if (Number(second) > 12 || first === second) return dateOf(third, first, second)
  return { kind: 'unclear-date' }
}

function dateOf(year: string, month: string, day: string): ReadDate {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const at = new Date(`${iso}T00:00:00Z`)
  const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(iso)
  return isReal ? { kind: 'date', iso } : { kind: 'no-date' }
}

const QUOTES =
  /^["'\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a`]+|["'\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a`]+$/g
const ZERO_WIDTH = /[\u200b-\u200d\u2060\ufeff]/g
const HYPHENS = /[\u2010-\u2015\u2212]/g
const GUID_ANYWHERE = new RegExp(GUID, 'g')

/**
 * One pasted value without what came along: blanks, quotation marks, invisible characters; for an ID also braces and the
 * word processor's hyphens, if exactly one ID is in it. The server says so and asks to look before it is saved.
 */
export function tidied(kind: 'id' | 'address', text: string): string {
  const plain = text.replace(ZERO_WIDTH, '').trim().replace(QUOTES, '').trim()
  if (kind === 'address') return plain
  const ids = plain.replace(HYPHENS, '-').match(GUID_ANYWHERE) ?? []
  return ids.length === 1 && ids[0] ? ids[0].toLowerCase() : plain
}
