import type { Locale, Translator } from '@/lib/i18n/translations'
import { type Cloud, recordOf } from '@/lib/kernel'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import type english from '@/messages/en/mail-server.json'

type Messages = typeof english

/** The texts of form and test for the browser, in the reader's language, so that no formatter is sent along. */
export type PageLabels = Pick<Messages, 'form' | 'paste' | 'conflict' | 'rules' | 'basicAuth'> & { test: TestLabels }

export type TestLabels = Messages['test'] & { locale: Locale }

const PARTS = ['form', 'paste', 'conflict', 'rules', 'basicAuth', 'test'] as const

/** Both catalogues have the same keys (lib/i18n/translations.test.ts), so the English type applies to either. */
export function pageLabels(t: Translator<'mail-server'>): PageLabels {
  const labels = recordOf(PARTS, (part) => t.raw(part)) as Pick<Messages, (typeof PARTS)[number]>
  return { ...labels, test: { ...labels.test, locale: t.locale } }
}

/** The label of a form field, to name it elsewhere. Null if it has none. */
export function fieldLabel(name: string, { form, test }: Pick<PageLabels, 'form' | 'test'>): string | null {
  const namedElsewhere: Record<string, string> = {
    testTo: test.to,
    allowIndividualSenders: form.individual,
    clientSecretChange: form.secretChoice,
    passwordChange: form.passwordChoice,
  }
  return namedElsewhere[name] ?? (form as Record<string, string>)[name] ?? null
}

/** What the form calls a cloud. */
export type NamedCloud = Pick<Cloud, 'id' | 'name'>

/** The value of a form field in words; empty if it has none. */
export function fieldText(
  name: keyof MailServerFields,
  fields: MailServerFields,
  clouds: readonly NamedCloud[],
  { form, conflict }: Pick<PageLabels, 'form' | 'conflict'>,
): string {
  const value = fields[name]
  if (typeof value === 'boolean') return value ? conflict.on : conflict.off
  if (name === 'cloud') return clouds.find(({ id }) => id === value)?.name ?? value
  if (name === 'type') return value === 'smtp' ? form.typeSmtp : form.typeExchange
  if (name === 'login') return value === 'none' ? form.loginNone : form.loginPassword
  if (name === 'security')
    return { starttls: form.securityStarttls, tls: form.securityTls, none: form.securityNone }[fields.security]
  return value
}
