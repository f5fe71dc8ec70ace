import type { DbDeps } from '../../db'
import { calendarDays, type Logger } from '../../kernel'
import { auditSubject } from '../../notifications/kinds'
import { applyPlan, readPlanFacts } from '../store/reminders'
import { idOf, type PlanFacts, planReminders } from './plan'

/** Stores the reminders that have become due. It needs nothing but the database. */
export async function planNow({ db, clock }: DbDeps): Promise<PlanFacts> {
  const now = clock.now()
  const facts = await readPlanFacts(db, now)
  const plan = planReminders(facts)
  if (Object.values(plan).some((part) => part.length > 0)) await applyPlan(db, plan, now)
  return facts
}

const LOG_CHANNEL = { id: 'log', kind: 'webhook', enabled: true, owner: null } as const

/** The log as a channel that needs no set-up: one line for each threshold and each refusal in the life of a process. */
export function createLogNotifier(log: Pick<Logger, 'warn'>): (facts: PlanFacts) => void {
  const logged = new Set<string>()
  return (facts) => {
    const lines = planReminders({ ...facts, stored: [], complete: new Set(), channels: [LOG_CHANNEL] })
    for (const { expiryVersion, thresholdDays, state, ...about } of lines.create) {
      const id = idOf(about)
      const line = `${id} ${expiryVersion} ${thresholdDays}`
      if (state !== 'due' || logged.has(line)) continue
      logged.add(line)
      const expiresAt = facts.credentials.find((each) => each.id === id)?.expiresAt
      const daysLeft = expiresAt ? calendarDays(facts.now, expiresAt) : null
      const event = thresholdDays < 0 ? 'credential rejected' : 'credential expires'
      log.warn(event, { subject: auditSubject({ ...about, alertId: null }), daysLeft })
    }
  }
}
