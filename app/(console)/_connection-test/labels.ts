import type { CopyLabels } from '@/components/code-block'
import type english from '@/messages/en/mail-server.json'

type Messages = typeof english

/** The line that says which revision holds; what goes back to one leads there. */
export const CURRENT_REVISION = 'current-revision'

/** The texts that the form and the test need in the browser, ready in the reader's language; no formatter is sent along. */
export type PageLabels = Pick<Messages, 'form' | 'paste' | 'conflict' | 'rules' | 'test' | 'basicAuth'> & {
  copy: CopyLabels
}

/** What a test and its report need of them. */
export type TestLabels = Pick<PageLabels, 'test' | 'copy'>

/** Why a form was not saved; the focus goes there. */
export const REFUSAL = 'refusal'

/** The label of a field of the form, to name it elsewhere. Null for what has none. */
export function fieldLabel(name: string, { form, test }: Pick<PageLabels, 'form' | 'test'>): string | null {
  const others: Record<string, string> = {
    testTo: test.to,
    allowIndividualSenders: form.individual,
    clientSecretChange: form.secretChoice,
    passwordChange: form.passwordChoice,
  }
  return others[name] ?? (form as Record<string, string>)[name] ?? null
}

/** Puts values into the `{name}` places of a ready text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}
