import type { NamedCredential, Slot } from './store/credentials'

/**
 * What a credential was just before a moment, such as that of an audit entry. Null where that is not known: a credential that returned keeps
 * only the dates of its newest time as the current one.
 */
export function slotBefore(
  { firstUsedAt, currentSince, replacedAt, removedAt }: Omit<NamedCredential, 'id' | 'kind' | 'slot' | 'mailServer'>,
  at: Date,
): Slot | 'removed' | null {
  const was = (date: Date | null) => date !== null && date < at
  if (was(removedAt)) return 'removed'
  if (was(replacedAt)) return 'previous'
  if (was(currentSince ?? firstUsedAt)) return 'current'
  return was(firstUsedAt) ? null : 'next'
}
