import type { LocalisedCaller } from '../i18n/locale'
import type { DiagnosisCode } from '../kernel/diagnosis-code'
import { ok } from '../kernel/result'
import type { SetupGuideDeps } from './deps'
import type { TestRun } from './store/evidence'

type SavedTest =
  | { kind: 'ended'; testId: string; outcome: TestRun['outcome']; code: DiagnosisCode | null }
  | { kind: 'too-many'; retryAfterMs: number }
  | { kind: 'nothing-saved' }

/** Tests the saved settings of a mail server once. The test is limited and recorded like one of the Mail server page. */
export async function check(
  { mailServers }: Pick<SetupGuideDeps, 'mailServers'>,
  caller: LocalisedCaller,
  mailServerId: string,
  recipient: string,
): Promise<SavedTest> {
  const mailServer = mailServers.of(mailServerId)
  const change = await mailServer.savedChange()
  if (!change) return { kind: 'nothing-saved' }
  const started = await mailServer.test(caller, { change: ok(change), to: recipient, dryRun: false })
  if (!started.ok) {
    if (started.error.kind !== 'too-many') throw new Error('Every sender that is saved can be tested')
    return { kind: 'too-many', retryAfterMs: started.error.retryAfterMs }
  }
  for await (const event of started.value) {
    if (event.kind !== 'finished') continue
    const { testId, report } = event
    return { kind: 'ended', testId, outcome: report.outcome, code: report.diagnosis?.code ?? null }
  }
  throw new Error('A test ends with its report')
}
