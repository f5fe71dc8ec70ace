import type { Db } from '../db/client'
import { compile, type Policy } from './decide'
import { NO_RULES } from './rules'
import { loadRules, newestRevision } from './store'

/** Reads the saved rules for delivery and compiles their regular expressions once for each revision, not once for each attempt. */
export function currentPolicy(db: Db) {
  let compiled: { number: number; policy: Policy } | null = null
  /**
   * The rules that apply now, ready for `decide`. Null if they cannot be read: then no message with an originator may be sent.
   *
   * @param newest number of the newest revision, if the caller has just read it
   */
  return async (newest?: number): Promise<{ number: number; policy: Policy } | null> => {
    if (compiled && compiled.number >= (newest ?? (await newestRevision(db)))) return compiled
    const saved = await loadRules(db)
    if (saved && !saved.rules) return null
    compiled = { number: saved?.number ?? 0, policy: compile(saved?.rules ?? NO_RULES) }
    return compiled
  }
}
