/**
 * Reads what people paste: a whole block of set-up output, or one value with something around it. Pure and without
 * imports, so the page's own script can use it as the value is pasted, and the server when the form arrives without one.
 */
export interface PastedValues {
  /** Id of a Microsoft cloud, as our set-up scripts print it; this console may not know it. */
  cloud?: string
  tenantId?: string
  clientId?: string
  clientSecret?: string
  senderAddress?: string
  secretExpiresAt?: string
  /** Of the enterprise application or the registration; no field of the page, but often pasted as one. */
  objectId?: string
  /** Beside the secret's Value in Entra, and often copied instead. */
  secretId?: string
}
type Role = keyof PastedValues

/** The largest block looked at; set-up output has a few hundred characters. */
const BLOCK_CHARS_MAX = 20_000

const GUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const ADDRESS = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}"
/** Between a label and its value: PowerShell pads with blanks, the portal with line ends or tabs, people with colons. */
const GAP = '["\'\\u201c\\u201d\\u201e)]?[\\s:=|>]{1,60}["\'\\u201c\\u201d\\u201e]?'

/** Labels in English and German, of portal, az, PowerShell and environment variables; the more telling ones first. */
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
    '\\d{4}-\\d{2}-\\d{2}',
  ],
]
/** A secret has no shape of its own, so its label must be followed by a colon, an equals sign, a tab or a new line. */
const SECRET =
  /(?:client[\s_-]?secret(?:[\s_-]?value)?|secret[\s_-]?(?:text|value)|geheimer\s+clientschl\u00fcssel|password|(?<![a-z])(?:value|wert))["']?\s*(?:[:=]|\t|\r?\n)\s*["']?([\u0021-\u007e]{8,512}?)["']?,?(?=\s|$)/i
/** Our own scripts alone print it, on a line of its own. */
const CLOUD = /^\s*microsoft cloud: ([a-z0-9-]{1,40})\s*$/im
/** Labels that follow a secret without a break, when a one-line field swallowed the line ends. */
const GLUED_LABEL =
  /(?:directory|application|object|tenant|client|secret|verzeichnis-id|anwendungs-id|objekt-id|sender|absender)$/i

/** Members of JSON documents: az, Graph, our settings file, our demo. */
const MEMBERS: Record<string, Role> = {
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
  enddatetime: 'secretExpiresAt',
  keyid: 'secretId',
}

/** What a block names; null when it names nothing. */
export function readBlock(text: string): PastedValues | null {
  if (text.length > BLOCK_CHARS_MAX) return null
  const found = fromJson(text) ?? fromLabels(text)
  return Object.keys(found).length > 0 ? found : null
}

/** Entra's own secrets: three characters, a digit, `Q~`, and 31 to 34 more. */
const ENTRA_SECRET = /[\w.~-]{3}\dQ~[\w.~-]{28,40}/

/** Whether a secret came along, labelled or by Entra's shape: such a text is not shown again (S-01). */
export const holdsSecret = (text: string): boolean =>
  ENTRA_SECRET.test(text) || readBlock(text.slice(0, BLOCK_CHARS_MAX))?.clientSecret !== undefined

function fromJson(text: string): PastedValues | null {
  const opening = text.search(/[[{]/)
  const closing = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  if (opening < 0 || closing < opening) return null
  try {
    const found: PastedValues = {}
    collect(JSON.parse(text.slice(opening, closing + 1)), found, 0)
    return Object.keys(found).length > 0 ? found : null
  } catch {
    return null
  }
}

const DEPTH_MAX = 4

function collect(value: unknown, found: PastedValues, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return
  for (const [name, inner] of Object.entries(value)) {
    const role = MEMBERS[name.toLowerCase().replace(/[^a-z]/g, '')]
    if (typeof inner !== 'string') collect(inner, found, depth + 1)
    else if (role && found[role] === undefined && inner.trim() !== '')
      found[role] = role === 'secretExpiresAt' ? inner.slice(0, 10) : inner.trim()
  }
}

function fromLabels(text: string): PastedValues {
  const found: PastedValues = {}
  for (const [role, label, value] of LABELS) {
    const match = new RegExp(`${label}${GAP}(${value})`, 'i').exec(text)
    if (match?.[1]) found[role] = match[1]
  }
  const cloud = CLOUD.exec(text)?.[1]
  if (cloud) found.cloud = cloud
  const secret = SECRET.exec(text)?.[1]
  if (secret && !new RegExp(`^${GUID}$`).test(secret) && !GLUED_LABEL.test(secret)) found.clientSecret = secret
  return found
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
