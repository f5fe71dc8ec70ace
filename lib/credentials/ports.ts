import type { AuditEntry } from '../audit/entry'
import type { Locale } from '../i18n/locale'
import type { Actor } from '../kernel/actor'
import type { Cloud } from '../kernel/clouds'
import type { Destination } from '../kernel/destination'
import type { Result } from '../kernel/result'
import type { SealedText } from '../kernel/sealing'
import type { Credential } from './credential'
import type { WarnedCredential } from './reminders/warnings'

// ── The store ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A mail server as its credentials see it. */
export interface CredentialServer {
  id: string
  name: string
  /** Counts saves; making a credential current is one. */
  version: number
  type: 'exchange-online-oauth2' | 'smtp'
  senderAddress: string
  senderName: string
  /** Where it takes mail; null where its cloud is gone. */
  submission: { host: string; port: number; security: 'starttls' | 'tls' | 'none' } | null
  /** Where its secret may be sent; null: it needs none, or its cloud is gone from the deployment. */
  destination: Destination | null
  /** Of Exchange Online; null for another server, or where the cloud is gone. */
  exchange: { cloud: Cloud; tenantId: string; clientId: string } | null
}

/** A credential with what only the stories may touch. */
export interface StoredCredential extends Credential {
  sealed: SealedText | null
  kid: string | null
  /** Keyed digest of destination and secret. */
  digest: string
}

export interface Slots {
  server: CredentialServer
  current: StoredCredential | null
  next: StoredCredential | null
  /** The previous one that is used if Entra rejects the current one (`pickFallback`). Null once its time is over. */
  fallback: StoredCredential | null
}

export const PROBE_REASONS = ['daily', 'rotation', 'asked', 'use', 'test'] as const
export interface Probe {
  at: Date
  reason: (typeof PROBE_REASONS)[number]
  /** `refused`: Entra said no to this credential. `unknown`: no answer, or one that says nothing of the credential. */
  outcome: 'accepted' | 'refused' | 'unknown'
  diagnosisCode: string | null
  /** Scrubbed (S-14). */
  evidence: string | null
  durationMs: number
}

export const ROTATION_WAYS = ['typed', 'graph', 'certificate-upload', 'certificate-proof', 'no-secret'] as const
export type RotationWay = (typeof ROTATION_WAYS)[number]
export const ROTATION_STEPS = [
  'asking',
  /** The new pair is stored; Microsoft was not told of it. */
  'sealed',
  /** Microsoft is being told; whether it heard is to be looked up. */
  'adding',
  'added',
  'tested',
  'current',
  'removing',
  'done',
  'failed',
  'given-up',
] as const
export type RotationStep = (typeof ROTATION_STEPS)[number]

/** Ways that the clock leads from step to step; of the others it only repeats a test. */
export const isLedByClock = ({ way }: Pick<Rotation, 'way'>): boolean => way === 'graph' || way === 'certificate-proof'

/** A change of credential on its way; of each server one is open at a time. */
export interface Rotation {
  id: string
  mailServerId: string
  way: RotationWay
  step: RotationStep
  /** The name the new credential has at Microsoft: finds what a crash left behind there. */
  label: string
  nextId: string | null
  previousId: string | null
  automatic: boolean
  startedBy: Actor
  startedAt: Date
  updatedAt: Date
  endedAt: Date | null
  /** When the clock goes on with it; null: a person does. */
  nextTryAt: Date | null
  /** Newest fault, for people. */
  fault: RotationFaultNote | null
}
export interface RotationFaultNote {
  /** A diagnosis code, or a word of the story that met it. */
  code: string
  evidence: string
  at: string
}

/** What may change of a rotation in one step. */
export type RotationChange = Partial<
  Pick<Rotation, 'step' | 'nextId' | 'previousId' | 'nextTryAt' | 'fault' | 'endedAt' | 'label'>
>

/** What is watched and when people are told. */
export interface Watch {
  /** Largest first; the end itself is 0 and always among them. */
  thresholdsDays: number[]
  inventory: boolean
  /** Rotates by itself so many days before the end; null: never. */
  rotateDaysBefore: number | null
  version: number
  updatedBy: string | null
  updatedAt: Date | null
}

/** A credential as it is put into the slot `next`. */
export type NewCredential = Pick<
  StoredCredential,
  | 'id'
  | 'kind'
  | 'sealed'
  | 'kid'
  | 'digest'
  | 'certificate'
  | 'thumbprint'
  | 'keyId'
  | 'hint'
  | 'applicationObjectId'
  | 'note'
  | 'startsAt'
  | 'expiresAt'
  | 'expirySource'
  | 'createdBy'
>

/** Another change came first; nothing was written, not even the audit row. */
export type Conflict = 'changed-meanwhile'
/** `next-exists`: the slot is taken. `rotation-open`: another change of credential is on its way. */
export type AddFault = Conflict | 'next-exists' | 'rotation-open'

/**
 * Each step of the two slots is one transaction with its audit row (R-14, U-04). A step names what it was decided on, and is
 * refused when that is not so any more.
 */
export interface CredentialStore {
  servers(): Promise<CredentialServer[]>
  server(id: string): Promise<CredentialServer | null>
  /** The one that mail leaves by; null: none is configured. */
  defaultServerId(): Promise<string | null>
  /** All that are kept: newest first within each slot, removed ones left out. */
  list(): Promise<Credential[]>
  byId(id: string): Promise<StoredCredential | null>
  slots(mailServerId: string, now: Date): Promise<Slots | null>
  /** Newest first. */
  probes(credentialId: string, rows: number): Promise<Probe[]>
  /** The newest of each credential. */
  latestProbes(credentialIds: readonly string[]): Promise<Map<string, Probe>>

  /**
   * Into the slot `next`. With it a rotation begins, or goes on from `asking`; one that only waited for its former credential to be
   * removed ends, and the former stays a fallback until its time.
   */
  addNext(write: {
    mailServerId: string
    /** The version whose destination the text was sealed for. */
    serverVersion: number
    credential: NewCredential
    rotation:
      | { begin: Pick<Rotation, 'id' | 'way' | 'label' | 'automatic' | 'startedBy'> }
      | { continues: string; step: Extract<RotationStep, 'sealed' | 'added'> }
    audit: AuditEntry
  }): Promise<Result<void, AddFault>>
  /**
   * `next` becomes `current` and a revision n+1, with the proof of the same settings carried over; the former is retired and
   * stands in until `fallbackUntil`.
   */
  makeCurrent(write: {
    mailServerId: string
    serverVersion: number
    nextId: string
    /** Of the former one, if there is one. */
    fallbackUntil: Date | null
    /** When the clock looks after the former one; null: a person does. */
    advanceAt: Date | null
    savedBy: string
    audit: AuditEntry
  }): Promise<Result<{ version: number }, Conflict>>
  /**
   * A previous credential becomes current again, as a revision n+1; the one that was current is retired and stays a fallback until
   * `fallbackUntil`. A replacement that only waited for the previous one to be removed ends.
   */
  goBack(write: {
    mailServerId: string
    serverVersion: number
    previousId: string
    fallbackUntil: Date | null
    savedBy: string
    audit: AuditEntry
  }): Promise<Result<{ version: number }, Conflict>>
  /** `next` is given up: retired, its text gone, its rotation ended. */
  discardNext(write: { mailServerId: string; nextId: string; audit: AuditEntry }): Promise<Result<void, Conflict>>
  /** A retired one's text goes for good; a rotation that waited for that is done. */
  remove(write: { credentialId: string; audit: AuditEntry }): Promise<Result<void, Conflict>>
  setNote(write: { credentialId: string; note: string; audit: AuditEntry }): Promise<Result<void, Conflict>>
  /** Each owner has a mail channel that carries the reminders of that owner's credentials; it is made here, and removed with the last. */
  setOwners(write: {
    credentialId: string
    owners: readonly string[]
    /** Of the reminders to an owner who is new. */
    locale: Locale
    by: string
    audit: AuditEntry
  }): Promise<Result<void, Conflict>>
  /** A changed date counts `expiryVersion` up, so that its reminders begin anew. */
  setExpiry(write: {
    credentialId: string
    expiryVersion: number
    expiresAt: Date | null
    source: Credential['expirySource']
    audit: AuditEntry
  }): Promise<Result<void, Conflict>>
  /** What Graph says: ids, and the date; where no date was known, it becomes the date. */
  keepFound(write: {
    credentialId: string
    keyId: string
    hint: string | null
    startsAt: Date | null
    foundExpiresAt: Date | null
    /** Left as it is where it is not given. */
    applicationObjectId?: string
    audit: AuditEntry | null
  }): Promise<void>
  /**
   * Keeps what Entra said, and with it `acceptedAt`, or `refusedAt` and its code. An older word never overwrites a newer one.
   * `audit` only where the word changed.
   */
  keepProbe(credentialId: string, probe: Probe, audit: AuditEntry | null): Promise<void>
  /** Removes probes older than the given instant, but the newest of each credential. */
  forgetProbes(before: Date): Promise<number>

  rotation(id: string): Promise<Rotation | null>
  openRotation(mailServerId: string): Promise<Rotation | null>
  /** Newest first. */
  rotations(mailServerId: string, rows: number): Promise<Rotation[]>
  /**
   * Begins one that has no credential yet (step `asking`).
   *
   * @param told what the administrator said of a credential with it.
   */
  beginRotation(
    rotation: Pick<Rotation, 'id' | 'mailServerId' | 'way' | 'label' | 'automatic' | 'startedBy' | 'nextTryAt'>,
    audit: AuditEntry | null,
    told?: { credentialId: string; applicationObjectId: string } | null,
  ): Promise<Result<void, 'rotation-open'>>
  /** Refused when it is not at the step it was read at. */
  stepRotation(
    at: Pick<Rotation, 'id' | 'step'>,
    change: RotationChange,
    audit: AuditEntry | null,
  ): Promise<Result<void, Conflict>>
  /** Takes one whose time has come, for `leaseMs`: of several workers one gets it, and after a crash it comes up again. */
  claimRotation(now: Date, leaseMs: number): Promise<Rotation | null>

  /** Those in use or prepared that are refused, or within the largest threshold; in one query, for every page. */
  warned(now: Date): Promise<{ credentials: WarnedCredential[]; thresholdsDays: number[] }>
  watch(): Promise<Watch>
  saveWatch(
    change: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore'>,
    write: { after: number; by: string; audit: AuditEntry },
  ): Promise<Result<{ version: number }, Conflict>>
}

// ── Crash points ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Told between two steps; a test throws there, the shipped wiring does nothing (S-18). */
export type CrashPoint = (point: string) => void
export const nowhere: CrashPoint = () => {}
