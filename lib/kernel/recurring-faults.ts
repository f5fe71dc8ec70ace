import { messageOf } from '.'
import type { LogFields, Logger } from './log'

/** Logs what is tried again and again: a fault once for as long as its reason stays the same, and once that it is over (`error` is null). */
export function recurringFaults(log: Pick<Logger, 'info' | 'warn'>) {
  const reasons = new Map<string, string | null>()
  return (event: string, error: unknown, fields: Pick<LogFields, 'member'> = {}): void => {
    const key = `${event} ${fields.member}`
    const reason = error === null ? null : messageOf(error)
    if (reason === (reasons.get(key) ?? null)) return
    reasons.set(key, reason)
    if (reason === null) log.info(event, { ...fields, outcome: 'works again' })
    else log.warn(event, { ...fields, error })
  }
}
