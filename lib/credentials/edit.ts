import { type AuditEntry, auditEntry, refuse } from '../audit'
import type { LocalisedCaller } from '../i18n/locale'
import { actorName, dayText, fail, ok, type Result } from '../kernel'
import { parseRecipientEmail } from '../validation/email-address'
import { expiryInstant, parseSecretExpiresAt } from '../validation/entra-identity'
import { parseLines } from '../validation/text'
import { invalid, ofEntry, type Parsed, type ValidationError } from '../validation/validation-error'
import type { CredentialsDeps } from './deps'
import {
  type Conflict,
  type Credential,
  type CredentialChange,
  readCredential,
  updateCredential,
} from './store/credentials'

export type EditFault =
  | { kind: 'not-found' }
  | { kind: 'invalid'; validationError: ValidationError }
  /** The expiry date is a certificate's own, or the kind of credential does not expire. */
  | { kind: 'fixed' }
  /** Another person has saved this text since the form was opened. */
  | { kind: 'replaced'; stored: string }
  | Conflict

/** In the order of the fields in their form. */
export const EDITABLE_FIELDS = ['validUntil', 'owners', 'note'] as const
export type EditableField = (typeof EDITABLE_FIELDS)[number]
export type FieldFaults = Partial<Record<EditableField, EditFault>>

interface FieldChange {
  field: EditableField
  text: string
  /** What its form showed: the same text changes nothing. Without it the text is saved whatever is stored by now. */
  was?: string
}

/** The fields as their forms show them. The owners' addresses get the reminders of the credential too. */
export const fieldTexts = ({ note, owners, expiresAt }: Credential): Record<EditableField, string> => ({
  note,
  owners: owners.join(', '),
  validUntil: dayOf(expiresAt) ?? '',
})

interface Edit {
  /** What is stored, as its form shows it. Two spellings of the same addresses are one text. */
  text: string
  change: CredentialChange
}

function parse(field: EditableField, typed: string): Parsed<Edit> {
  switch (field) {
    case 'note': {
      const note = parseNote(typed)
      return note.ok ? ok({ text: note.value, change: { note: note.value } }) : note
    }
    case 'owners': {
      const owners = parseOwners(typed)
      return owners.ok ? ok({ text: owners.value.join(', '), change: { owners: owners.value } }) : owners
    }
    // Empty if it is unknown again. Reminders and calendar events start again.
    case 'validUntil': {
      const day = parseDay(typed)
      return day.ok ? ok({ text: dayOf(day.value) ?? '', change: { expiry: { at: day.value, source: 'typed' } } }) : day
    }
  }
}

/**
 * Changes fields of a credential together. If one of them is refused, nothing is written.
 *
 * @param input.isRepeated They were changed before: what is no longer so, another person has changed back.
 * @returns the fault of each field that has one
 */
export async function edit(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  input: { credentialId: string; changes: readonly FieldChange[]; isRepeated?: boolean },
  isSecondLook = false,
): Promise<Result<void, FieldFaults>> {
  const { credentialId, changes, isRepeated = false } = input
  const credential = await readCredential(deps.db, credentialId)
  if (!credential) return fail(Object.fromEntries(changes.map(({ field }) => [field, { kind: 'not-found' }])))
  const faults: FieldFaults = {}
  const audits: AuditEntry[] = []
  const values: CredentialChange = {}
  for (const change of changes) {
    const planned = plan(credential, change, isRepeated)
    if (!planned.ok) faults[change.field] = planned.error
    else if (planned.value) {
      Object.assign(values, planned.value.change)
      audits.push(editEntry(change.field, planned.value.text, credential, caller))
    }
  }
  if (Object.keys(faults).length > 0) return refuseEdit(deps, caller, credentialId, faults)
  if (audits.length === 0) return ok(undefined)
  const channel = { locale: caller.locale, by: actorName(caller.actor) }
  const edited = await updateCredential(deps, credential, values, audits, channel)
  if (edited.ok) return edited
  // Another save of this moment is compared with this one: an equal one, such as of the same form, is no conflict.
  if (!isSecondLook) return edit(deps, caller, { credentialId, changes }, true)
  return refuseEdit(deps, caller, credentialId, Object.fromEntries(changes.map(({ field }) => [field, edited.error])))
}

/** A conflict with the save of another person is recorded, and what does not parse is not (docs/decisions/0007). */
async function refuseEdit(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  credentialId: string,
  faults: FieldFaults,
): Promise<Result<never, FieldFaults>> {
  for (const field of EDITABLE_FIELDS) {
    const fault = faults[field]
    if (fault?.kind === 'replaced' || fault?.kind === 'changed')
      await refuse(deps, auditEntry(EDIT_ACTIONS[field], caller, `credential:${credentialId}`), fault)
  }
  return fail(faults)
}

export const EDIT_ACTIONS = {
  note: 'credential.note',
  owners: 'credential.owners',
  validUntil: 'credential.expiry',
} as const

/** The date of a certificate is in it, and the other kinds have none. */
export const isDatedByHand = ({ kind }: Pick<Credential, 'kind'>): boolean =>
  kind === 'client-secret' || kind === 'smtp-password'

/** What is to be stored for one change, or null if that is stored already. */
function plan(
  credential: Credential,
  { field, text, was }: FieldChange,
  isRepeated: boolean,
): Result<Edit | null, EditFault> {
  const stored = fieldTexts(credential)[field]
  const typed = parse(field, text)
  const after = typed.ok ? typed.value.text : text
  const original = was === undefined ? null : parse(field, was)
  const before = original?.ok ? original.value.text : (was ?? stored)
  if (after === stored || (original && after === before)) return ok(null)
  if (before !== stored || isRepeated) return fail({ kind: 'replaced', stored })
  if (!typed.ok) return fail({ kind: 'invalid', validationError: typed.error })
  if (field !== 'note' && credential.removedAt) return fail({ kind: 'not-found' })
  return field === 'validUntil' && !isDatedByHand(credential) ? fail({ kind: 'fixed' }) : typed
}

function editEntry(field: EditableField, text: string, { id, expiresAt }: Credential, caller: LocalisedCaller) {
  const details = {
    note: { chars: [...text].length },
    owners: { owners: text },
    validUntil: { before: dayOf(expiresAt), after: text || null },
  }
  return auditEntry(EDIT_ACTIONS[field], caller, `credential:${id}`, details[field])
}

/**
 * Replaces a typed date by the date that Graph reports; from then on the date follows Graph.
 *
 * @param input.version `expiryVersion` of the date that the caller saw. Another date is not replaced.
 */
export async function takeFoundDate(
  deps: CredentialsDeps,
  caller: LocalisedCaller,
  { credentialId, version }: { credentialId: string; version: number },
): Promise<Result<void, { kind: 'not-found' | 'nothing-found' } | Conflict>> {
  const credential = await readCredential(deps.db, credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  const { foundExpiresAt, expiresAt } = credential
  if (!foundExpiresAt) return fail({ kind: 'nothing-found' })
  if (credential.expirySource === 'graph' && expiresAt?.getTime() === foundExpiresAt.getTime()) return ok(undefined)
  const details = { before: dayOf(expiresAt), after: dayOf(foundExpiresAt), source: 'graph' }
  const audit = auditEntry('credential.expiry', caller, `credential:${credentialId}`, details)
  if (credential.expiryVersion !== version) return refuse(deps, audit, { kind: 'changed' })
  const saved = await updateCredential(deps, credential, { expiry: { at: foundExpiresAt, source: 'graph' } }, [audit])
  return saved.ok ? saved : refuse(deps, audit, saved.error)
}

const dayOf = (date: Date | null): string | null => date && dayText(date)

export function parseDay(text: string): Parsed<Date | null> {
  if (text.trim() === '') return ok(null)
  const day = parseSecretExpiresAt(text)
  return day.ok ? ok(expiryInstant(day.value)) : day
}

/** The expiry date of a secret that is being added: today at the earliest. */
export function parseDayAhead(text: string, now: Date): Parsed<Date | null> {
  const day = parseDay(text)
  return day.ok && day.value && dayText(day.value) < dayText(now) ? invalid('expiresAt.over') : day
}

const NOTE_CHARS_MAX = 500
/** Free text of the administrators. */
export const parseNote = (input: unknown): Parsed<string> => parseLines(input, NOTE_CHARS_MAX)

/** More recipients than this should be a mailing list with one address. */
const OWNERS_MAX = 10

/** Parses addresses separated by commas, semicolons or spaces. Returns them in lower case, without duplicates. */
export function parseOwners(text: string): Parsed<string[]> {
  const owners = new Set<string>()
  for (const typed of text.split(/[\s,;]+/).filter((part) => part !== '')) {
    const address = parseRecipientEmail(typed)
    if (!address.ok) return ofEntry(address.error, typed)
    owners.add(address.value.toLowerCase())
  }
  return owners.size > OWNERS_MAX ? invalid('client.tooMany', { max: OWNERS_MAX }) : ok([...owners])
}
