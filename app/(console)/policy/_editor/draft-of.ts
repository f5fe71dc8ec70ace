import { textOf } from '@/app/_form/outcome'
import type { PolicyFields, RuleFields } from '@/lib/policy/draft'

/** The form itself is the draft, with scripts and without: one hidden `rule` for each, in their order, and each rule's fields by this name. */
export const fieldName = (field: keyof RuleFields, id: string): string => `${field}.${id}`

/** The value of the pressed button. While the form asks for the password, Enter confirms. */
export function pressedIn(form: FormData): string {
  const button = textOf(form, 'do')
  return button === 'check' && form.has('asks') ? 'save' : button
}

export function draftOf(form: FormData): PolicyFields {
  const text = (name: string) => textOf(form, name)
  const ids = form.getAll('rule').filter((id) => typeof id === 'string')
  return {
    otherwise: text('otherwise') === 'decline' ? 'decline' : 'allow',
    rules: ids.map((id) => ({
      id,
      name: text(fieldName('name', id)),
      enabled: form.has(fieldName('enabled', id)),
      // A browser posts line ends as CRLF.
      senders: text(fieldName('senders', id)).replaceAll('\r\n', '\n'),
      recipients: text(fieldName('recipients', id)).replaceAll('\r\n', '\n'),
      verdict: text(fieldName('verdict', id)) === 'decline' ? 'decline' : 'allow',
      senderAddress: text(fieldName('senderAddress', id)),
      senderName: text(fieldName('senderName', id)),
      individual: form.has(fieldName('individual', id)),
      server: text(fieldName('server', id)),
    })),
  }
}
