import type { MessageKey } from '../i18n/translations'
import { isUuid, ok } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { DOMAIN_CHARS_MAX, fullAsciiDomain } from './domain-name'
import { isOneCharacterRepeated, MASK } from './password'
import { characterError, requiredLine, trimmed } from './text'
import { invalid, type Parsed } from './validation-error'

const GUID_ANYWHERE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
const NIL = '00000000-0000-0000-0000-000000000000'
const ALL_ONES = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
/** Microsoft's directory for personal accounts. It belongs to no organisation. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'
const ALIASES: readonly string[] = ['common', 'organizations', 'consumers']

export const isGuid = (text: string): boolean => isUuid(text.trim().toLowerCase())

/** Directory (tenant) ID: the GUID, or a domain of the tenant. An alias is rejected, since an app signs in to one directory. */
export function parseTenantId(input: unknown): Parsed<string> {
  const text = requiredLine(input, DOMAIN_CHARS_MAX, 'tenantId.required')
  if (!text.ok) return text
  const tenant = text.value.toLowerCase()
  if (ALIASES.includes(tenant)) return invalid('tenantId.alias', { alias: tenant })
  if (isUuid(tenant)) {
    if (tenant === CONSUMERS) return invalid('tenantId.consumers')
    return tenant === NIL || tenant === ALL_ONES ? invalid('id.placeholder') : ok(tenant)
  }
  const domain = fullAsciiDomain(tenant)
  return domain === null ? guidInside(tenant, 'tenantId.invalid') : ok(domain)
}

/** Application (client) ID. */
export function parseClientId(input: unknown): Parsed<string> {
  const text = requiredLine(input, DOMAIN_CHARS_MAX, 'clientId.required')
  if (!text.ok) return text
  const client = text.value.toLowerCase()
  if (!isUuid(client)) return guidInside(client, 'clientId.invalid')
  return client === NIL || client === ALL_ONES ? invalid('id.placeholder') : ok(client)
}

/** For braces, quotes or a URL around an ID the error suggests the ID. It is not taken without being confirmed. */
function guidInside(text: string, otherwise: MessageKey<'validation'>): Parsed<never> {
  const match = GUID_ANYWHERE.exec(text)?.[0]
  return match ? invalid('id.around', { suggestion: match }) : invalid(otherwise)
}

const CLIENT_SECRET_CHARS_MIN = 8
const CLIENT_SECRET_CHARS_MAX = 512

/** The secret's Value. Neither an empty text nor a mask means "keep the stored secret". */
export function parseClientSecret(input: unknown): Parsed<Redacted> {
  const text = trimmed(input, CLIENT_SECRET_CHARS_MAX)
  if (!text.ok) return text
  const secret = text.value
  if (secret === '') return invalid('secret.required')
  if (MASK.test(secret) || isOneCharacterRepeated(secret)) return invalid('secret.mask')
  if (isGuid(secret)) return invalid('secret.isSecretId')
  const odd = characterError(secret)
  if (odd) return odd
  if (/\s/.test(secret)) return invalid('secret.blank')
  if (!/^[\u0021-\u007e]+$/.test(secret)) {
    const codePoint = /[^\u0021-\u007e]/u.exec(secret)?.[0].codePointAt(0) ?? 0
    return invalid('secret.notAscii', { codePoint })
  }
  return secret.length < CLIENT_SECRET_CHARS_MIN
    ? invalid('secret.tooShort', { min: CLIENT_SECRET_CHARS_MIN })
    : ok(new Redacted(secret))
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/

/** Expiry date of the secret: `YYYY-MM-DD`, or an instant, which is returned in UTC to the second. */
export function parseSecretExpiresAt(input: unknown): Parsed<string> {
  const text = trimmed(input, 64)
  if (!text.ok) return text
  const match = DAY.exec(text.value) ?? INSTANT.exec(text.value)
  if (!match) return invalid(/^\d{1,2}[./]\d{1,2}[./]\d{4}$/.test(text.value) ? 'expiresAt.order' : 'expiresAt.format')
  const [, year = '', month = '', day = ''] = match
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`)
    return invalid('expiresAt.noSuchDay', { date: `${year}-${month}-${day}` })
  if (Number(year) < 2000 || Number(year) > 2100) return invalid('expiresAt.years')
  if (match.length === 4) return ok(text.value)
  return ok(`${new Date(text.value).toISOString().slice(0, 19)}Z`)
}

/** The instant of a parsed date. For a day it is its first second in UTC, so that warnings come early rather than late. */
export const expiryInstant = (parsed: string): Date => new Date(parsed.length === 10 ? `${parsed}T00:00:00Z` : parsed)
