import type { DiagnosisCode, Retry } from '../../kernel/diagnosis-code'
import type { Stage } from '../../kernel/stage'

export type StageState = 'passed' | 'warned' | 'failed' | 'skipped'

export interface StageReport {
  stage: Stage
  state: StageState
  /** Milliseconds; 0 for a skipped stage. */
  ms: number
  facts?: Record<string, string | string[]>
}

/** One failure, named, with what mends it in this organisation's own values. */
export interface DiagnosisReport {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  title: string
  cause: string
  steps: string[]
  /** Ready to copy: PowerShell or shell lines. */
  commands: string[]
  /** A page in the right portal, where one helps. */
  portal: { label: string; url: string } | null
  evidence: string
  /** ISO time until which deliveries use the previous credential, as Entra rejects the tested one. Absent if they do not. */
  fallbackUntil?: string
}

/** A finished test, as the page shows it and the command line prints it. */
export interface TestReport {
  outcome: 'accepted' | 'ready' | 'failed'
  stages: StageReport[]
  diagnosis: DiagnosisReport | null
  accepted: { reply: string; serverMessageId: string | null; messageId: string } | null
  sender: { envelopeFrom: string; from: string; login: string | null }
}

/** What the test yields: each stage as it begins and ends, then the report with the id it was stored under. */
export type TestEvent =
  | { kind: 'began'; stage: Stage }
  | { kind: 'ended'; stage: StageReport }
  | {
      kind: 'finished'
      report: TestReport
      testId: string
      transcript: { atMs: number; from: 'client' | 'server'; text: string }[]
    }
