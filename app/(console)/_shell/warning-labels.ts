import { mailServerPath, replaceCredentialPath } from '@/app/paths'
import { absoluteDate, absoluteTime } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { Role } from '@/lib/kernel/actor'

/** A warning, and the failover server that delivers in place of its mail server: by name, or null if none does. */
export interface ShownWarning extends Warning {
  failover: string | null
}

/** Not while mail is sent all the same, through the failover server or with the previous credential: there is time. */
export const isUrgent = ({ state, failover, fallbackUntil }: ShownWarning): boolean =>
  state !== 'soon' && failover === null && fallbackUntil === null

/** What is wrong with a credential, from the words `reminders: banner`. */
export function warningText(warning: ShownWarning, locale: Locale, t: Translator<'reminders'>): string {
  const { state, slot, daysLeft, isPast, expiresAt, nextIsVerified } = warning
  const date = expiresAt ? absoluteDate(expiresAt, locale) : ''
  const facts = {
    kind: t(`banner.kind.${warning.kind}`),
    server: warning.serverName,
    date,
    days: Math.max(0, daysLeft ?? 0),
  }
  const what =
    state === 'refused' ? 'refused' : state === 'expired' && !isPast ? 'expiredByEntra' : isPast ? 'ended' : 'ends'
  const isDead = what !== 'ends' && slot === 'current'
  return [
    t(`banner.${what}`, facts),
    ...(isDead ? [whetherMailLeaves(warning, locale, t)] : []),
    ...(slot === 'next' ? [t('banner.next')] : []),
    ...(nextIsVerified ? [t('banner.verified')] : []),
  ].join(' ')
}

/** Where it is replaced. A password has no slots: it is replaced where the mail server is set up. */
export const warningPlace = ({ kind, mailServerId }: Warning): string =>
  kind === 'smtp-password' ? mailServerPath(mailServerId) : replaceCredentialPath(mailServerId)

/** The failover server first: while it delivers, the mail server uses no credential at all. */
function whetherMailLeaves(
  { failover, fallbackUntil }: ShownWarning,
  locale: Locale,
  t: Translator<'reminders'>,
): string {
  if (failover !== null) return t('banner.failover', { failover })
  if (fallbackUntil !== null) return t('banner.fallback', { until: absoluteTime(fallbackUntil, locale) })
  return t('banner.noMail')
}

/** What the reader can do about it there. */
export function warningDeed(
  { nextIsVerified, fallbackUntil }: Warning,
  role: Role,
  t: Translator<'reminders'>,
): string {
  if (!may(role, 'credentials:write')) return t('banner.see')
  return t(`banner.${nextIsVerified ? 'makeCurrent' : fallbackUntil ? 'goBack' : 'replace'}`)
}
