import type { Db } from '../db/client'
import type { LocalisedCaller } from '../i18n/locale'
import type { Clock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { TestRun } from './store/evidence'

export interface SetupGuideDeps {
  db: Db
  clock: Clock
  clouds: readonly Cloud[]
  /** Tests the saved settings of a mail server. The test is limited and recorded like any other. */
  runTest(caller: LocalisedCaller, mailServerId: string, recipient: string): Promise<RetryTest>
}

export type RetryTest =
  | { kind: 'ended'; testId: string; outcome: TestRun['outcome']; code: DiagnosisCode | null }
  | { kind: 'too-many'; retryAfterMs: number }
  | { kind: 'nothing-saved' }
