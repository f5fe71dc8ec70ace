import 'server-only'
import type { PolicyFields } from '@/lib/policy/draft'
import { services } from '@/lib/services'
import { mergeTheirs, takenIn } from './merge'

/** The draft with what somebody else saved meanwhile, as the button asked; any other text leaves it as it is. */
export async function takeTheirs(fields: PolicyFields, text: string): Promise<PolicyFields> {
  const taken = takenIn(text)
  if (taken === null) return fields
  const { fields: theirs, unreadable } = await services().rules.view()
  return unreadable ? fields : mergeTheirs(fields, theirs, taken)
}
