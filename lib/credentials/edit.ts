import { auditEntry } from '../audit/entry'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName } from '../kernel/actor'
import { dayText } from '../kernel/calendar-days'
import { fail, ok, type Result } from '../kernel/result'
import { parseRecipientEmail } from '../validation/email-address'
import { expiryInstant, parseSecretExpiresAt } from '../validation/entra-identity'
import { trimmed } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import type { CredentialsDeps } from './deps'
import {
  type Conflict,
  type Credential,
  readCredential,
  updateExpiry,
  updateNote,
  updateOwners,
} from './store/credentials'

export type EditFault =
  | { kind: 'not-found' }
  | { kind: 'invalid'; validationError: ValidationError }
  /** `typed` is not a mail address. */
  | { kind: 'ownerInvalid'; typed: string }
  | { kind: 'ownersTooMany' }
  /** The expiry date is a certificate's own, or the kind of credential does not expire. */
  | { kind: 'fixed' }
  /** Another person has saved this text since the form was opened. */
  | { kind: 'replaced'; stored: string }
  | Conflict

type FieldFaults = Partial<Record<EditableField, EditFault>>

interface FieldChange {
  field: EditableField
  text: string
  /** What its form showed: the same text changes nothing. Without it the text is saved whatever is stored by now. */
  was?: string
}

/** Writes nothing yet. */
type Editor = (
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  credential: Credential,
  text: string,
) => Result<() => Promise<Result<void, Conflict>>, EditFault>

const invalidField = (validationError: ValidationError): Result<never, EditFault> =>
  fail({ kind: 'invalid', validationError })

const note: Editor = (deps, caller, credential, text) => {
  const parsed = parseNote(text)
  if (!parsed.ok) return invalidField(parsed.error)
  const audit = auditEntry('credential.note', caller, `credential:${credential.id}`, {
    chars: [...parsed.value].length,
  })
  return ok(() => updateNote(deps, credential, parsed.value, audit))
}

/** Mail addresses of the people who look after it. The reminders of the credential also go to them. */
const owners: Editor = (deps, caller, credential, text) => {
  const parsed = parseOwners(text)
  if (!parsed.ok) return parsed
  if (credential.removedAt) return fail({ kind: 'not-found' })
  const audit = auditEntry('credential.owners', caller, `credential:${credential.id}`, {
    owners: parsed.value.join(', '),
  })
  const channel = { locale: caller.locale, by: actorName(caller.actor) }
  return ok(() => updateOwners(deps, credential, parsed.value, channel, audit))
}

/** The day that the portal shows, or empty if it is unknown again. Reminders and calendar events start again. */
const validUntil: Editor = (deps, caller, credential, text) => {
  const day = parseDay(text)
  if (!day.ok) return invalidField(day.error)
  const expiresAt = day.value
  if (credential.removedAt) return fail({ kind: 'not-found' })
  if (credential.kind !== 'client-secret' && credential.kind !== 'smtp-password') return fail({ kind: 'fixed' })
  const details = { before: dayOf(credential.expiresAt), after: dayOf(expiresAt) }
  const audit = auditEntry('credential.expiry', caller, `credential:${credential.id}`, details)
  return ok(() => updateExpiry(deps, credential, expiresAt, 'typed', audit))
}

/** In the order of the fields in their form. */
const EDITORS = { validUntil, owners, note }
export type EditableField = keyof typeof EDITORS
export const EDITABLE_FIELDS = Object.keys(EDITORS) as EditableField[]

/** The fields as their forms show them. */
export const fieldTexts = ({ note, owners, expiresAt }: Credential): Record<EditableField, string> => ({
  note,
  owners: owners.join(', '),
  validUntil: dayOf(expiresAt) ?? '',
})

/** What a form showed, or what would be stored of a typed text. Two spellings of the same addresses are one text. */
function comparable(field: EditableField, text: string): string {
  const parsed = field === 'owners' ? parseOwners(text) : field === 'note' ? parseNote(text) : parseDay(text)
  if (!parsed.ok) return text
  const { value } = parsed
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : (dayOf(value) ?? '')
}

/** Changes fields of a credential. If one of them is refused, nothing is written. @returns the fault of each field that has one */
export async function edit(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  { credentialId, changes }: { credentialId: string; changes: readonly FieldChange[] },
): Promise<Result<void, FieldFaults>> {
  const credential = await readCredential(deps.db, credentialId)
  const faults: FieldFaults = {}
  const writes: (readonly [EditableField, () => Promise<Result<void, Conflict>>])[] = []
  for (const change of changes) {
    const planned = credential ? plan(deps, caller, credential, change) : fail({ kind: 'not-found' } as const)
    if (!planned.ok) faults[change.field] = planned.error
    else if (planned.value) writes.push([change.field, planned.value])
  }
  if (Object.keys(faults).length > 0) return fail(faults)
  for (const [field, write] of writes) {
    const written = await write()
    if (!written.ok) return fail({ [field]: written.error })
  }
  return ok(undefined)
}

/** What one change writes, or null if there is nothing to write. */
function plan(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  credential: Credential,
  { field, text, was }: FieldChange,
): Result<(() => Promise<Result<void, Conflict>>) | null, EditFault> {
  const stored = fieldTexts(credential)[field]
  const after = comparable(field, text)
  const before = was === undefined ? stored : comparable(field, was)
  if (after === stored || (was !== undefined && after === before)) return ok(null)
  return before === stored ? EDITORS[field](deps, caller, credential, text) : fail({ kind: 'replaced', stored })
}

/** Replaces a typed date by the date that Graph reports; from then on the date follows Graph. */
export async function takeFoundDate(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  credentialId: string,
): Promise<Result<void, { kind: 'not-found' | 'nothing-found' } | Conflict>> {
  const credential = await readCredential(deps.db, credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  const { foundExpiresAt, expiresAt } = credential
  if (!foundExpiresAt) return fail({ kind: 'nothing-found' })
  const details = { before: dayOf(expiresAt), after: dayOf(foundExpiresAt), source: 'graph' }
  const audit = auditEntry('credential.expiry', caller, `credential:${credentialId}`, details)
  return updateExpiry(deps, credential, foundExpiresAt, 'graph', audit)
}

const dayOf = (date: Date | null): string | null => date && dayText(date)

/** @returns null for an empty text */
export function parseDay(text: string): Parsed<Date | null> {
  if (text.trim() === '') return ok(null)
  const day = parseSecretExpiresAt(text)
  return day.ok ? ok(expiryInstant(day.value)) : day
}

const NOTE_CHARS_MAX = 500
/** Control characters other than the line break, and characters that change the writing direction or are invisible. */
const NOT_IN_NOTES = /[^\P{Cc}\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** Free text of the administrators. It may have several lines and may be empty. */
export function parseNote(input: unknown): Parsed<string> {
  const text = trimmed(typeof input === 'string' ? input.replace(/\r\n?/g, '\n') : input, NOTE_CHARS_MAX)
  if (!text.ok) return text
  const odd = NOT_IN_NOTES.exec(text.value)
  if (!odd) return ok(text.value.normalize('NFC'))
  return invalid('oddCharacter', { codePoint: odd[0].codePointAt(0) ?? 0, position: odd.index + 1 })
}

/** More recipients than this should be a mailing list with one address. */
export const OWNERS_MAX = 10

/** Parses addresses separated by commas, semicolons or spaces. @returns them in lower case, without duplicates */
export function parseOwners(
  text: string,
): Result<string[], Extract<EditFault, { kind: 'ownerInvalid' | 'ownersTooMany' }>> {
  const owners = new Set<string>()
  for (const typed of text.split(/[\s,;]+/).filter((part) => part !== '')) {
    const address = parseRecipientEmail(typed)
    if (!address.ok) return fail({ kind: 'ownerInvalid', typed: typed.slice(0, 320) })
    owners.add(address.value.toLowerCase())
  }
  return owners.size > OWNERS_MAX ? fail({ kind: 'ownersTooMany' }) : ok([...owners])
}
