import { parseSenderEmail } from '../validation/email-address'
import { isGuid, parseClientId, parseClientSecret, parseTenantId } from '../validation/entra-identity'
import type { ValidationError } from '../validation/validation-error'
import type { FieldName, RawFields } from './fields'
import { type PastedValues, readBlock, tidied } from './paste'

/** Values put where they belong: shown to be checked, never saved at once. */
export interface Assistance {
  /** A secret is never among them: its field is emptied at most. */
  values: TidiedValues
  /** What was done to a field. It needs no correction, only a look. */
  hints: Partial<Record<FieldName, ValidationError>>
  /** What the person has to correct. */
  errors: Partial<Record<FieldName, ValidationError>>
}

export type TidiedValues = Partial<Record<'tenantId' | 'clientId' | 'senderAddress' | 'secretExpiresAt', string>> & {
  clientSecret?: ''
}

/** What earlier saves and tests know, to recognise one ID in the other's place. */
export interface KnownIds {
  tenantId: string | null
  clientId: string | null
  objectId: string | null
}

const FIELDS = [
  ['tenantId', 'id', parseTenantId],
  ['clientId', 'id', parseClientId],
  ['senderAddress', 'address', parseSenderEmail],
] as const

/**
 * Helps with what was pasted, where the value itself would be refused: takes a block apart, strips what came along, puts
 * exchanged IDs the other way round. Null: nothing to help with. A value that is acceptable is never touched.
 */
export function assist(raw: RawFields, known: KnownIds): Assistance | null {
  return fromBlock(raw) ?? fromEachField(raw) ?? fromKnownIds(raw, known)
}

function fromBlock(raw: RawFields): Assistance | null {
  for (const field of ['tenantId', 'clientId', 'senderAddress', 'clientSecret'] as const) {
    const text = raw[field]
    if (typeof text !== 'string' || isAcceptable(field, text)) continue
    const found = readBlock(text)
    if (found && (Object.keys(found).length > 1 || belongsElsewhere(found, field))) return fromFound(field, found)
  }
  return null
}

const isAcceptable = (field: 'tenantId' | 'clientId' | 'senderAddress' | 'clientSecret', text: string): boolean =>
  ({
    tenantId: parseTenantId,
    clientId: parseClientId,
    senderAddress: parseSenderEmail,
    clientSecret: parseClientSecret,
  })[field](text).ok &&
  !(field === 'clientSecret' && text.trim().startsWith('{') && (readBlock(text)?.clientId ?? null) !== null)

const belongsElsewhere = (found: PastedValues, field: keyof PastedValues): boolean => found[field] === undefined

function fromFound(field: FieldName, found: PastedValues): Assistance {
  const { clientSecret, objectId, secretId: _, cloud: __, ...values } = found
  const hints: Assistance['hints'] = { [field]: { key: 'paste.block' } }
  if (objectId !== undefined && isGuid(objectId) && field !== 'clientSecret')
    hints[field] = { key: 'paste.objectIdFound', params: { objectId: objectId.toLowerCase() } }
  const kept: TidiedValues = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  if (field === 'clientSecret') kept.clientSecret = ''
  return {
    values: kept,
    hints,
    errors: clientSecret === undefined ? {} : { clientSecret: { key: 'paste.secretAgain' } },
  }
}

function fromEachField(raw: RawFields): Assistance | null {
  const values: Assistance['values'] = {}
  const hints: Assistance['hints'] = {}
  for (const [field, kind, parse] of FIELDS) {
    const text = raw[field]
    if (typeof text !== 'string' || text.length > 1_000 || parse(text).ok) continue
    const tidy = parse(tidied(kind, text))
    if (!tidy.ok) continue
    values[field] = tidy.value
    hints[field] = { key: /[\u2018-\u201e"']/.test(text) ? 'paste.quotes' : 'paste.around' }
  }
  return Object.keys(values).length > 0 ? { values, hints, errors: {} } : null
}

/** Two IDs look alike, so an exchange can only be recognised by what is known already; Entra's answer tells the rest. */
function fromKnownIds(raw: RawFields, known: KnownIds): Assistance | null {
  const tenant = parseTenantId(raw.tenantId)
  const client = parseClientId(raw.clientId)
  if (!tenant.ok || !client.ok) return null
  if (tenant.value === known.clientId && client.value === known.tenantId)
    return {
      values: { tenantId: client.value, clientId: tenant.value },
      hints: { tenantId: { key: 'paste.swapped' } },
      errors: {},
    }
  if (client.value !== known.objectId || client.value === known.clientId) return null
  return known.clientId === null
    ? { values: {}, hints: {}, errors: { clientId: { key: 'paste.objectId' } } }
    : { values: { clientId: known.clientId }, hints: { clientId: { key: 'paste.objectIdReplaced' } }, errors: {} }
}
