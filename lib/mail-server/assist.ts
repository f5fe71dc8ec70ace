import { parseSenderEmail } from '../validation/email-address'
import { isGuid, parseClientId, parseClientSecret, parseTenantId } from '../validation/entra-identity'
import type { ValidationError } from '../validation/validation-error'
import type { FieldName, RawFields } from './fields'
import { type PastedValues, readBlock, tidied } from './paste'

/** Corrected values. They are shown to be checked and are not saved yet. */
export interface Assistance {
  /** Never contains a secret; at most the field of the secret is emptied. */
  values: TidiedValues
  /** What was done to a field. The person only has to check it. */
  hints: Partial<Record<FieldName, ValidationError>>
  /** What the person has to correct. */
  errors: Partial<Record<FieldName, ValidationError>>
}

export type TidiedValues = Partial<Record<'tenantId' | 'clientId' | 'senderAddress' | 'secretExpiresAt', string>> & {
  clientSecret?: ''
}

/** IDs from earlier saves and tests, to recognise an ID in a wrong field. */
export interface KnownIds {
  tenantId: string | null
  clientId: string | null
  objectId: string | null
}

/** Longer texts are no pasted value. */
const TIDIED_CHARS_MAX = 1_000

const PARSERS = {
  tenantId: parseTenantId,
  clientId: parseClientId,
  senderAddress: parseSenderEmail,
  clientSecret: parseClientSecret,
}
type Pasted = keyof typeof PARSERS

/**
 * Corrects pasted values that would be refused: takes a block apart, strips what was pasted along, and puts
 * swapped IDs the right way round. Null if nothing can be corrected. A valid value is never changed.
 */
export const assist = (raw: RawFields, known: KnownIds): Assistance | null =>
  fromBlock(raw) ?? fromEachField(raw) ?? fromKnownIds(raw, known)

function fromBlock(raw: RawFields): Assistance | null {
  for (const field of Object.keys(PARSERS) as Pasted[]) {
    const text = raw[field]
    if (typeof text !== 'string' || isAcceptable(field, text)) continue
    const block = readBlock(text)
    if (block && (Object.keys(block).length > 1 || block[field] === undefined)) return fromPastedBlock(field, block)
  }
  return null
}

const isAcceptable = (field: Pasted, text: string): boolean =>
  PARSERS[field](text).ok &&
  !(field === 'clientSecret' && text.trim().startsWith('{') && (readBlock(text)?.clientId ?? null) !== null)

function fromPastedBlock(field: FieldName, block: PastedValues): Assistance {
  const { clientSecret, objectId, secretId: _, cloud: __, ...values } = block
  const hints: Assistance['hints'] = { [field]: { key: 'tidied.block' } }
  if (objectId !== undefined && isGuid(objectId) && field !== 'clientSecret')
    hints[field] = { key: 'tidied.objectIdFound', params: { objectId: objectId.toLowerCase() } }
  const filled: TidiedValues = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  if (field === 'clientSecret') filled.clientSecret = ''
  return {
    values: filled,
    hints,
    errors: clientSecret === undefined ? {} : { clientSecret: { key: 'paste.secretAgain' } },
  }
}

function fromEachField(raw: RawFields): Assistance | null {
  const values: Assistance['values'] = {}
  const hints: Assistance['hints'] = {}
  for (const field of ['tenantId', 'clientId', 'senderAddress'] as const) {
    const [text, parse] = [raw[field], PARSERS[field]]
    if (typeof text !== 'string' || text.length > TIDIED_CHARS_MAX || parse(text).ok) continue
    const tidy = parse(tidied(field === 'senderAddress' ? 'address' : 'id', text))
    if (!tidy.ok) continue
    values[field] = tidy.value
    hints[field] = { key: /[\u2018-\u201e"']/.test(text) ? 'tidied.quotes' : 'tidied.around' }
  }
  return Object.keys(values).length > 0 ? { values, hints, errors: {} } : null
}

/** All IDs look alike, so swapped ones can only be recognised by comparing them with known ones. */
function fromKnownIds(raw: RawFields, known: KnownIds): Assistance | null {
  const tenant = parseTenantId(raw.tenantId)
  const client = parseClientId(raw.clientId)
  if (!tenant.ok || !client.ok) return null
  if (tenant.value === known.clientId && client.value === known.tenantId)
    return {
      values: { tenantId: client.value, clientId: tenant.value },
      hints: { tenantId: { key: 'tidied.swapped' } },
      errors: {},
    }
  if (client.value !== known.objectId || client.value === known.clientId) return null
  return known.clientId === null
    ? { values: {}, hints: {}, errors: { clientId: { key: 'paste.objectId' } } }
    : { values: { clientId: known.clientId }, hints: { clientId: { key: 'tidied.objectIdReplaced' } }, errors: {} }
}
