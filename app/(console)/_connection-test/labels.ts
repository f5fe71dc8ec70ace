import type { CopyLabels } from '@/components/code-block'
import type english from '@/messages/en/mail-server.json'

type Messages = typeof english

/** The texts that the form and the test need in the browser, ready in the reader's language; no formatter is sent along. */
export type PageLabels = Pick<Messages, 'form' | 'paste' | 'conflict' | 'rules' | 'test' | 'basicAuth'> & {
  copy: CopyLabels
}

/** What a test and its report need of them. */
export type TestLabels = Pick<PageLabels, 'test' | 'copy'>

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
