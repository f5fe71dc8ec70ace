import type { AuditEntry } from '../audit/entry'
import type { Locale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import { actorName } from '../kernel/actor'
import { fail, ok, type Result } from '../kernel/result'
import { parseRecipientEmail } from '../validation/email-address'
import { trimmed } from '../validation/text'
import { invalid, type Parsed, type ValidationError } from '../validation/validation-error'
import { credentialEntry } from './audit'
import type { CredentialsDeps } from './deps'
import type { Conflict, Watch } from './ports'

const NOTE_CHARS_MAX = 500
/** Control characters but the line break, and those that turn the direction of a line or cannot be seen. */
const ODD = /[^\P{Cc}\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u

/** The administrators' own words: whose it is, where it was made. May have lines; may be empty. */
export function parseNote(input: unknown): Parsed<string> {
  const text = trimmed(typeof input === 'string' ? input.replace(/\r\n?/g, '\n') : input, NOTE_CHARS_MAX)
  if (!text.ok) return text
  const found = ODD.exec(text.value)
  if (!found) return ok(text.value.normalize('NFC'))
  return invalid('oddCharacter', { codePoint: found[0].codePointAt(0) ?? 0, position: found.index + 1 })
}

export type SetNoteFault = { kind: 'not-found' } | { kind: 'invalid'; validationError: ValidationError }

export async function setNote(
  { store }: CredentialsDeps,
  caller: Caller,
  { credentialId, note }: { credentialId: string; note: unknown },
): Promise<Result<void, SetNoteFault>> {
  const parsed = parseNote(note)
  if (!parsed.ok) return fail({ kind: 'invalid', validationError: parsed.error })
  const audit = credentialEntry('credential.note', caller, credentialId, { chars: [...parsed.value].length })
  const noted = await store.setNote({ credentialId, note: parsed.value, audit })
  return noted.ok ? noted : fail({ kind: 'not-found' })
}

/** Beyond this it is a mailing list, which has an address of its own. */
export const OWNERS_MAX = 10

export type SetOwnersFault =
  | { kind: 'not-found' }
  /** `typed` is not a mail address. */
  | { kind: 'ownerInvalid'; typed: string }
  | { kind: 'ownersTooMany' }

/** Addresses as typed, with commas, semicolons or spaces between them; empty for nobody. In lower case, none twice. */
export function parseOwners(text: string): Result<string[], Exclude<SetOwnersFault, { kind: 'not-found' }>> {
  const owners = new Set<string>()
  for (const typed of text.split(/[\s,;]+/).filter((part) => part !== '')) {
    const address = parseRecipientEmail(typed)
    if (!address.ok) return fail({ kind: 'ownerInvalid', typed: typed.slice(0, 320) })
    owners.add(address.value.toLowerCase())
  }
  return owners.size > OWNERS_MAX ? fail({ kind: 'ownersTooMany' }) : ok([...owners])
}

/** Who looks after a credential: its reminders go to these addresses too. */
export async function setOwners(
  { store }: CredentialsDeps,
  caller: Caller,
  { credentialId, owners: text, locale }: { credentialId: string; owners: string; locale: Locale },
): Promise<Result<void, SetOwnersFault>> {
  const owners = parseOwners(text)
  if (!owners.ok) return owners
  const audit = credentialEntry('credential.owners', caller, credentialId, { owners: owners.value.join(', ') })
  const by = actorName(caller.actor)
  const set = await store.setOwners({ credentialId, owners: owners.value, locale, by, audit })
  return set.ok ? set : fail({ kind: 'not-found' })
}

export type TakeFoundDateFault = { kind: 'not-found' | 'nothing-found' } | { kind: Conflict }

/** Microsoft's own date takes the place of a typed one, and follows Microsoft from then on. */
export async function takeFoundDate(
  { store }: CredentialsDeps,
  caller: Caller,
  credentialId: string,
): Promise<Result<void, TakeFoundDateFault>> {
  const credential = await store.byId(credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  const { foundExpiresAt, expiresAt, expiryVersion } = credential
  if (!foundExpiresAt) return fail({ kind: 'nothing-found' })
  const set = await store.setExpiry({
    credentialId,
    expiryVersion,
    expiresAt: foundExpiresAt,
    source: 'graph',
    audit: credentialEntry('credential.expiry', caller, credentialId, {
      before: dayOf(expiresAt),
      after: dayOf(foundExpiresAt),
      source: 'graph',
    }),
  })
  return set.ok ? set : fail({ kind: set.error })
}

const dayOf = (date: Date | null): string | null => date?.toISOString().slice(0, 10) ?? null

export type SetExpiryFault =
  | { kind: 'not-found' }
  /** A certificate says itself when it ends; a federated token and a managed identity have no end. */
  | { kind: 'fixed' }
  | { kind: Conflict }

/** The day an administrator read in the portal; null: unknown again. Reminders and calendars begin anew. */
export async function setExpiry(
  { store }: CredentialsDeps,
  caller: Caller,
  { credentialId, expiresAt }: { credentialId: string; expiresAt: Date | null },
): Promise<Result<void, SetExpiryFault>> {
  const credential = await store.byId(credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  if (credential.kind !== 'client-secret' && credential.kind !== 'smtp-password') return fail({ kind: 'fixed' })
  if (credential.expiresAt?.getTime() === expiresAt?.getTime()) return ok(undefined)
  const set = await store.setExpiry({
    credentialId,
    expiryVersion: credential.expiryVersion,
    expiresAt,
    source: 'typed',
    audit: credentialEntry('credential.expiry', caller, credentialId, {
      before: dayOf(credential.expiresAt),
      after: dayOf(expiresAt),
    }),
  })
  return set.ok ? set : fail({ kind: set.error })
}

const THRESHOLDS_MAX = 12
const DAYS_MAX = 730
/** New ones last 180 days and stay for the first half of their life, so no more than this says anything of them. */
export const ROTATE_DAYS_MAX = 90

export type WatchProblem = 'thresholds' | 'rotate-days'
export type SaveWatchFault = { kind: 'invalid'; problem: WatchProblem } | { kind: Conflict }

/** When people are told, whether all app registrations are read, whether credentials rotate by themselves. */
export async function saveWatch(
  { store, audit: log }: CredentialsDeps,
  caller: Caller,
  { version, ...change }: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore' | 'version'>,
): Promise<Result<{ version: number }, SaveWatchFault>> {
  const thresholdsDays = [...new Set([...change.thresholdsDays, 0])].sort((a, b) => b - a)
  if (thresholdsDays.length > THRESHOLDS_MAX || !thresholdsDays.every(isDays))
    return fail({ kind: 'invalid', problem: 'thresholds' })
  const { rotateDaysBefore, inventory } = change
  if (
    rotateDaysBefore !== null &&
    (!isDays(rotateDaysBefore) || rotateDaysBefore < 1 || rotateDaysBefore > ROTATE_DAYS_MAX)
  )
    return fail({ kind: 'invalid', problem: 'rotate-days' })
  const audit: AuditEntry = {
    action: 'watch.change',
    actor: caller.actor,
    origin: caller.origin,
    result: 'done',
    subject: 'watch:credentials',
    details: { thresholdsDays: thresholdsDays.join(', '), inventory, rotateDaysBefore },
  }
  const saved = await store.saveWatch(
    { thresholdsDays, inventory, rotateDaysBefore },
    { after: version, by: actorName(caller.actor), audit },
  )
  if (saved.ok) return saved
  await log.record({ ...audit, result: 'refused', details: { why: saved.error } })
  return fail({ kind: saved.error })
}

const isDays = (days: number): boolean => Number.isInteger(days) && days >= 0 && days <= DAYS_MAX
