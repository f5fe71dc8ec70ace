import 'server-only'
import type { PolicyFields } from '@/lib/policy/draft'
import { services } from '@/lib/services'
import { mergeTheirs, takenPartOf } from './merge'

/** Takes the part of the saved rules that the button names into the draft. Any other button leaves it unchanged. */
export async function takeTheirs(fields: PolicyFields, text: string): Promise<PolicyFields> {
  const part = takenPartOf(text)
  if (part === null) return fields
  const { fields: theirs, unreadable } = await services().rules.view()
  return unreadable ? fields : mergeTheirs(fields, theirs, part)
}
