import type { Db } from '../db/client'
import type { Clock } from '../kernel/clock'
import type { Cloud } from '../kernel/clouds'
import { ok } from '../kernel/result'
import type { MailServerService } from '../mail-server'
import { createSetupGuide, type SetupGuide } from '../setup-guide'
import type { RunTest } from '../setup-guide/ports'
import { createSetUpStore } from '../setup-guide/store'

export function composeSetupGuide(services: {
  clouds: readonly Cloud[]
  clock: Clock
  db: Db
  mailServers: { of(id: string): MailServerService }
}): SetupGuide {
  const { clouds, clock, db, mailServers } = services
  return createSetupGuide({ clouds, clock, store: createSetUpStore(db, clock), runTest: testOf(mailServers) })
}

/** The very test of the Mail server page, of what is saved. */
const testOf =
  (mailServers: { of(id: string): MailServerService }): RunTest =>
  async (caller, mailServerId, to) => {
    const mailServer = mailServers.of(mailServerId)
    const change = await mailServer.savedChange()
    if (!change) return { kind: 'nothing-saved' }
    const started = await mailServer.test(caller, { change: ok(change), to, dryRun: false })
    if (!started.ok) {
      if (started.error.kind !== 'too-many') throw new Error('Everybody may test the saved sender')
      return { kind: 'too-many', retryAfterMs: started.error.retryAfterMs }
    }
    for await (const event of started.value) {
      if (event.kind !== 'finished') continue
      const { testId, report } = event
      return { kind: 'ended', testId, outcome: report.outcome, code: report.diagnosis?.code ?? null }
    }
    throw new Error('A test ends with its report')
  }
