import type { Alert } from '@/lib/alerts/store'
import { alertTitle } from '@/lib/alerts/text'
import type { AuditRow } from '@/lib/audit/log'
import type { NamedCredential } from '@/lib/credentials/store/credentials'
import type { Locale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { CREDENTIAL_KINDS } from '@/lib/kernel/credential-kind'

/** The whole name by subject, of those that are known by more than a name: "Client secret of Finance (current)". */
export type SubjectTitles = ReadonlyMap<string, string>

const CREDENTIAL = 'credential:'
const ALERT = 'alert:'

const idsIn = (rows: readonly Pick<AuditRow, 'subject'>[], kind: string): string[] => [
  ...new Set(rows.flatMap(({ subject }) => (subject?.startsWith(kind) ? subject.slice(kind.length) : []))),
]

/** A replacement is known by its mail server, which its entries name. */
export const replacedAt = ({ subject, details }: Pick<AuditRow, 'subject' | 'details'>): string | null =>
  subject?.startsWith('rotation:') && typeof details.mailServer === 'string' ? details.mailServer : null

/** The credentials and alerts that these rows are about. The mail server of a replacement is there for its credentials. */
export const subjectsIn = (rows: readonly Pick<AuditRow, 'subject' | 'details'>[]) => ({
  credentials: [...idsIn(rows, CREDENTIAL), ...new Set(rows.flatMap((row) => replacedAt(row) ?? []))],
  alerts: idsIn(rows, ALERT),
})

/** What credentials and alerts are called. A credential that was discarded is in no table, but one of its entries has its kind. */
export function titlesOf(
  rows: readonly Pick<AuditRow, 'subject' | 'details'>[],
  {
    credentials,
    alerts,
  }: { credentials: readonly NamedCredential[]; alerts: readonly Pick<Alert, 'id' | 'kind' | 'details'>[] },
  locale: Locale,
): SubjectTitles {
  const t = translatorFor(locale, 'credentials')
  const titles = new Map<string, string>()
  for (const { subject, details } of rows) {
    // The entry of a reminder names the kind of its channel.
    const kind = CREDENTIAL_KINDS.find((known) => known === details.kind)
    if (subject?.startsWith(CREDENTIAL) && kind) titles.set(subject, t(`kind.${kind}`))
  }
  for (const { id, kind, slot, removedAt, mailServer } of credentials) {
    const about = { kind: t(`kind.${kind}`), server: mailServer.name }
    titles.set(`${CREDENTIAL}${id}`, t('name', { ...about, slot: t(`slot.${removedAt ? 'removed' : slot}`) }))
  }
  const alert = translatorFor(locale, 'activity')('subject.alert')
  for (const each of alerts) titles.set(`${ALERT}${each.id}`, `${alert}: ${alertTitle(each, locale)}`)
  return titles
}
