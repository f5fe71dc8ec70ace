import type { LocalisedCaller } from '../i18n/locale'
import { ok } from '../kernel/result'
import type { MailServerService } from '../mail-server'
import type { RetryTest } from './deps'

/** Runs the test of the Mail server page with the saved settings. */
export async function testSavedSettings(
  mailServer: MailServerService,
  caller: LocalisedCaller,
  recipient: string,
): Promise<RetryTest> {
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
