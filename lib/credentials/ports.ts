import type { AuditEntry } from '../audit/entry'
import type { ClientCredential, TokenFault } from '../delivery/ports'
import type { Actor, Origin } from '../kernel/actor'
import type { Cloud } from '../kernel/clouds'
import type { Destination } from '../kernel/destination'
import type { NetFault } from '../kernel/faults'
import type { Locale } from '../kernel/locale'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'
import type { SealedText } from '../kernel/sealing'
import type { Credential } from './credential'
import type { WarnedCredential } from './warnings'

/** Who acts, and from where. */
export interface CredentialsCaller {
  actor: Actor
  origin: Origin
}

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
export interface HeldCredential extends Credential {
  sealed: SealedText | null
  kid: string | null
  /** Keyed digest of destination and secret. */
  digest: string
}

export interface Slots {
  server: CredentialServer
  current: HeldCredential | null
  next: HeldCredential | null
  /** The previous one that is used if Entra rejects the current one (`pickFallback`). Null once its time is over. */
  fallback: HeldCredential | null
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
  formerId: string | null
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
  Pick<Rotation, 'step' | 'nextId' | 'formerId' | 'nextTryAt' | 'fault' | 'endedAt' | 'label'>
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
  HeldCredential,
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
export type Meanwhile = 'changed-meanwhile'
/** `next-exists`: the slot is taken. `rotation-open`: another change of credential is on its way. */
export type AddFault = Meanwhile | 'next-exists' | 'rotation-open'

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
  byId(id: string): Promise<HeldCredential | null>
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
      | { goOn: string; step: Extract<RotationStep, 'sealed' | 'added'> }
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
    goOnAt: Date | null
    savedBy: string
    audit: AuditEntry
  }): Promise<Result<{ version: number }, Meanwhile>>
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
  }): Promise<Result<{ version: number }, Meanwhile>>
  /** `next` is given up: retired, its text gone, its rotation ended. */
  discardNext(write: { mailServerId: string; nextId: string; audit: AuditEntry }): Promise<Result<void, Meanwhile>>
  /** A retired one's text goes for good; a rotation that waited for that is done. */
  remove(write: { credentialId: string; audit: AuditEntry }): Promise<Result<void, Meanwhile>>
  setNote(write: { credentialId: string; note: string; audit: AuditEntry }): Promise<Result<void, Meanwhile>>
  /** Each owner has a mail channel that carries the reminders of that owner's credentials; it is made here, and removed with the last. */
  setOwners(write: {
    credentialId: string
    owners: readonly string[]
    /** Of the reminders to an owner who is new. */
    locale: Locale
    by: string
    audit: AuditEntry
  }): Promise<Result<void, Meanwhile>>
  /** A changed date counts `expiryVersion` up, so that its reminders begin anew. */
  setExpiry(write: {
    credentialId: string
    expiryVersion: number
    expiresAt: Date | null
    source: Credential['expirySource']
    audit: AuditEntry
  }): Promise<Result<void, Meanwhile>>
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
  ): Promise<Result<void, Meanwhile>>
  /** Takes one whose time has come, for `leaseMs`: of several workers one gets it, and after a crash it comes up again. */
  claimRotation(now: Date, leaseMs: number): Promise<Rotation | null>

  /** Those in use or prepared that are refused, or within the largest threshold; in one query, for every page. */
  warned(now: Date): Promise<{ credentials: WarnedCredential[]; thresholdsDays: number[] }>
  watch(): Promise<Watch>
  saveWatch(
    change: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore'>,
    write: { after: number; by: string; audit: AuditEntry },
  ): Promise<Result<{ version: number }, Meanwhile>>
}

// ── Microsoft Graph ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Which application looks after its credentials, and how it signs in to Graph. */
export interface DirectoryRequest {
  cloud: Cloud
  tenantId: string
  clientId: string
  credential: ClientCredential
}

/** A secret or certificate of an application, as Graph tells it; never its value. */
export interface DirectoryCredential {
  kind: 'secret' | 'certificate'
  keyId: string
  displayName: string
  /** First three characters of a secret. */
  hint: string | null
  /** As `Credential.thumbprint`, SHA-256 computed from the key where Graph gives it; SHA-1 (40 digits) where it gives only that. */
  thumbprint: string | null
  startsAt: Date | null
  endsAt: Date | null
}

export interface DirectoryApplication {
  /** Graph's `id` of the application object. */
  objectId: string
  appId: string
  displayName: string
  /** Display names; empty where they were not asked for. */
  owners: string[]
  credentials: DirectoryCredential[]
}

export type DirectoryFault =
  /** Entra gave no token for Graph. */
  | { kind: 'token'; fault: TokenFault }
  | { kind: 'net'; fault: NetFault }
  /** 403: the application lacks the permission, or does not own itself. */
  | { kind: 'not-permitted'; evidence: string }
  /** Refused by the tenant's app management policy; the words are Graph's. */
  | { kind: 'policy'; evidence: string }
  | { kind: 'not-found'; evidence: string }
  /** 429. */
  | { kind: 'throttled'; retryAfterMs: number | null; evidence: string }
  /** 5xx, or an answer that is none. After a change nobody knows whether it was made. */
  | { kind: 'unavailable'; retryAfterMs: number | null; evidence: string }
  /** Any other refusal. */
  | { kind: 'refused'; status: number; code: string; evidence: string }

/** What the application may do with itself, told by its Graph token's `roles`. */
export interface DirectoryRights {
  /** `Application.Read.All` or a write role. */
  read: boolean
  /** `Application.ReadWrite.OwnedBy` (owning itself is not visible in a token) or `.All`. */
  write: boolean
  roles: string[]
}

/** What the tenant's app management policy says of new credentials; it stops adding them, never using them. */
export interface AppManagementPolicy {
  enabled: boolean
  password: CredentialRule
  certificate: CredentialRule
}
export interface CredentialRule {
  /** None of this kind may be added. */
  forbidden: boolean
  /** Whole days a new one may last; null: as long as one likes. */
  daysMax: number | null
}

/** Proof that the application holds a certificate it already has: signs `addKey` and `removeKey`. */
export interface KeyProof {
  objectId: string
  privateKey: Redacted
  /** PEM of the certificate that signs. */
  certificate: string
}

export interface Directory {
  /** Reads the token's own roles; asks Graph nothing. */
  rights(request: DirectoryRequest, signal: AbortSignal): Promise<Result<DirectoryRights, DirectoryFault>>
  application(request: DirectoryRequest, signal: AbortSignal): Promise<Result<DirectoryApplication, DirectoryFault>>
  addPassword(
    request: DirectoryRequest,
    wish: { displayName: string; endsAt: Date },
    signal: AbortSignal,
  ): Promise<Result<{ secret: Redacted; credential: DirectoryCredential }, DirectoryFault>>
  /** Needs `Policy.Read.All`, which few applications have. */
  policy(request: DirectoryRequest, signal: AbortSignal): Promise<Result<AppManagementPolicy, DirectoryFault>>
  removePassword(request: DirectoryRequest, keyId: string, signal: AbortSignal): Promise<Result<void, DirectoryFault>>
  /** `certificate`: PEM of the new one. */
  addKey(
    request: DirectoryRequest,
    wish: { certificate: string; displayName: string; proof: KeyProof },
    signal: AbortSignal,
  ): Promise<Result<DirectoryCredential, DirectoryFault>>
  removeKey(
    request: DirectoryRequest,
    wish: { keyId: string; proof: KeyProof },
    signal: AbortSignal,
  ): Promise<Result<void, DirectoryFault>>
  /** One page of all the tenant's applications with owners. `nextLink`: null for the first, else what the page before told. */
  page(
    request: DirectoryRequest,
    nextLink: string | null,
    signal: AbortSignal,
  ): Promise<Result<{ applications: DirectoryApplication[]; nextLink: string | null }, DirectoryFault>>
}

// ── Certificates ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface MadeCertificate {
  privateKey: Redacted
  /** PEM. */
  certificate: string
  /** SHA-256, 64 hexadecimal digits in upper case. */
  thumbprint: string
  startsAt: Date
  expiresAt: Date
}

export type CertificateProblem =
  | 'not-readable'
  | 'no-certificate'
  | 'no-key'
  | 'wrong-password'
  | 'password-needed'
  | 'key-mismatch'
  | 'key-unsuitable'
  | 'not-yet-valid'
  | 'expired'
  | 'too-large'
  /** Its password protection asks for more work than a console can give at once. */
  | 'too-many-rounds'

export interface Certificates {
  /** A new RSA key of 3072 bits with a self-signed certificate. */
  make(wish: { name: string; days: number; now: Date }): Promise<MadeCertificate>
  /** PEM with certificate and private key, or PFX; both may be in one or two texts. */
  read(
    input:
      | { kind: 'pem'; text: Redacted; password: Redacted | null }
      | { kind: 'pfx'; bytes: Buffer; password: Redacted | null },
    now: Date,
  ): Promise<Result<MadeCertificate, CertificateProblem>>
  /** DER of a PEM certificate, as `.cer` for the portal. */
  der(certificate: string): Buffer
}

// ── Crash points ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Told between two steps; a test throws there, the shipped wiring does nothing (S-18). */
export type CrashPoint = (point: string) => void
export const nowhere: CrashPoint = () => {}
