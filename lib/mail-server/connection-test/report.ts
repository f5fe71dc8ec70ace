import type { Locale } from '../../i18n/locale'
import type { DiagnosisCode, Retry } from '../../kernel/diagnosis-code'
import type { Stage } from '../../kernel/stage'

export type StageState = 'passed' | 'warned' | 'failed' | 'skipped'

export interface StageReport {
  stage: Stage
  state: StageState
  /** Milliseconds; 0 if the stage was skipped. */
  ms: number
  facts?: Record<string, string | string[]>
}

/** Why the test failed, and what fixes it, with this organisation's own values. */
export interface DiagnosisReport {
  code: DiagnosisCode
  stage: Stage
  retry: Retry
  title: string
  cause: string
  steps: string[]
  /** Lines for PowerShell or a shell, ready to copy. */
  commands: string[]
  /** The page of a Microsoft portal on which the fault is fixed; null if there is none. */
  portal: { label: string; url: string } | null
  evidence: string
  /** Language of the texts, which is that of the person who ran the test. Absent from tests of earlier versions. */
  locale?: Locale
  /** ISO time until which deliveries use the previous credential, as Entra rejects the tested one. Absent if they do not. */
  fallbackUntil?: string
}

/** The result of a test, as the page shows it and the command line prints it. */
export interface TestReport {
  outcome: 'accepted' | 'ready' | 'failed'
  stages: StageReport[]
  diagnosis: DiagnosisReport | null
  accepted: { reply: string; serverMessageId: string | null; messageId: string } | null
  sender: { envelopeFrom: string; from: string; login: string | null }
}

/** The SMTP conversation, without secrets. */
export type Transcript = { atMs: number; from: 'client' | 'server'; text: string }[]

/** What the test yields: each stage as it begins and ends, then the report with the id it was stored under. */
export type TestEvent =
  | { kind: 'began'; stage: Stage }
  | { kind: 'ended'; stage: StageReport }
  | {
      kind: 'finished'
      report: TestReport
      testId: string
      transcript: Transcript
    }
