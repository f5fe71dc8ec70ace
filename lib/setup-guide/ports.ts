import type { AuditEntry } from '../audit/entry'
import type { LocalisedCaller } from '../i18n/locale'
import type { Actor } from '../kernel/actor'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Result } from '../kernel/result'
import type { Stage } from '../kernel/stage'
import type { Proof } from './choices'

/** The values that a test was about: what ties it to the guide's. */
export interface TestedValues {
  cloud: string
  tenantId: string
  clientId: string
  sender: string
}

/** The settings that are saved, where they are Exchange Online's. */
export interface SavedServer extends TestedValues {
  version: number
  /** What the saved credential is; `secretless`: the deployment vouches for it. Null: none is stored. */
  proof: Proof | 'secretless' | null
}

/** What one test saw. */
export interface EvidenceRun {
  id: string
  startedAt: Date
  values: TestedValues
  /** It tested the settings that are saved now, secret included. */
  current: boolean
  dryRun: boolean
  outcome: 'accepted' | 'ready' | 'failed'
  code: DiagnosisCode | null
  stages: readonly { stage: Stage; state: string; facts?: Record<string, string | string[]> }[]
}

export type PlanOutcome = 'accepted' | 'failed' | 'over' | 'cancelled' | 'replaced'

/** A wish to be tested again and again while permissions settle at Microsoft. */
export interface RetryPlan {
  id: string
  mailServerId: string
  /** The saved version it was started for. */
  serverVersion: number
  recipient: string
  /** On whose behalf, and on whose allowance of tests. */
  startedBy: Actor
  startedAt: Date
  nextAt: Date
  until: Date
  endedAt: Date | null
  outcome: PlanOutcome | null
  lastTestId: string | null
}

export interface SetUpStore {
  /** Null if nothing is saved for this mail server, or settings of another type. */
  saved(mailServerId: string): Promise<SavedServer | null>
  /** Tests of this mail server with Exchange Online, newest first. */
  runs(mailServerId: string, atMost: number): Promise<EvidenceRun[]>
  /** The open plan of this mail server, or else the one that ended last. */
  latestPlan(mailServerId: string): Promise<RetryPlan | null>
  /** With its audit row. Refused while this mail server has an open one. */
  openPlan(
    plan: Omit<RetryPlan, 'endedAt' | 'outcome' | 'lastTestId'>,
    audit: AuditEntry,
  ): Promise<Result<void, 'already-running'>>
  /** Takes the turn of an open plan that is due, by moving its next one. Null if none is due or another worker took it. */
  takeTurn(now: Date, nextAt: Date): Promise<RetryPlan | null>
  /** Moves the next turn of an open plan. */
  postpone(id: string, nextAt: Date): Promise<void>
  noteTest(id: string, testId: string): Promise<void>
  /** With its audit row, if it was still open; says whether it was. */
  endPlan(id: string, outcome: PlanOutcome, at: Date, audit: AuditEntry): Promise<boolean>
  /** Whether this actor may still test: the account is there, not closed, and its role allows it. */
  mayStillTest(actor: Actor): Promise<boolean>
}

/** One ordinary test of the saved settings, counted and recorded as any other. */
export type RunTest = (
  caller: LocalisedCaller,
  mailServerId: string,
  recipient: string,
) => Promise<
  | { kind: 'ended'; testId: string; outcome: EvidenceRun['outcome']; code: DiagnosisCode | null }
  | { kind: 'too-many'; retryAfterMs: number }
  | { kind: 'nothing-saved' }
>
