import type { SearchParams } from '@/app/search-params'
import { isActionRefusal } from '@/lib/access/action-refusal'

/** In the address of a page whose form was not saved, next to the values, of which it leaves out the empty ones. */
export const TYPED = { typed: '1' } as const

/**
 * Reads what was typed and not saved from a page's address. Null if it carries nothing, or no reason that the page names: no link fills a
 * form without saying so.
 *
 * @param faults The values of `done` that the page explains.
 */
export function typedInAddress(query: SearchParams, faults: readonly string[]): ((name: string) => string) | null {
  const { typed, done, refused } = query
  if (typed !== TYPED.typed || !(isActionRefusal(refused) || faults.some((fault) => fault === done))) return null
  return (name) => {
    const value = query[name]
    return typeof value === 'string' ? value : ''
  }
}
