import { absoluteDate } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import type { Warning } from '@/lib/credentials/warnings'
import type { Role } from '@/lib/kernel/actor'
import type { Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'

/** A warning, and the failover server that delivers in place of its mail server: by name, or null if none does. */
export interface ShownWarning extends Warning {
  failover: string | null
}

/** Mail is sent all the same, so there is time. */
export const isUrgent = ({ state, failover }: ShownWarning): boolean => state !== 'soon' && failover === null

/** What is wrong with a credential, from the words `reminders: banner`. */
export function warningText(warning: ShownWarning, locale: Locale, t: Words): string {
  const { state, slot, daysLeft, expiresAt, nextIsProven, failover } = warning
  const date = expiresAt ? absoluteDate(expiresAt, locale) : ''
  const facts = {
    kind: t(`banner.kind.${warning.kind}`),
    server: warning.serverName,
    date,
    days: Math.max(0, daysLeft ?? 0),
    failover: failover ?? '',
  }
  const isPast = daysLeft !== null && daysLeft < 0
  const what =
    state === 'refused' ? 'refused' : state === 'expired' && !isPast ? 'expiredByEntra' : isPast ? 'ended' : 'ends'
  const isDead = what !== 'ends' && slot === 'current'
  return [
    t(`banner.${what}`, facts),
    ...(isDead ? [t(failover === null ? 'banner.noMail' : 'banner.failover', facts)] : []),
    ...(slot === 'next' ? [t('banner.next')] : []),
    ...(nextIsProven ? [t('banner.proven')] : []),
  ].join(' ')
}

/** A password has no slots: it is replaced where the mail server is set up. */
export const warningPlace = ({ kind }: Warning): string => (kind === 'smtp-password' ? '/mail-server' : '/credentials')

/** What the reader can do about it there. */
export const warningDeed = ({ nextIsProven }: Warning, role: Role, t: Words): string =>
  t(`banner.${!may(role, 'credentials:write') ? 'see' : nextIsProven ? 'makeCurrent' : 'replace'}`)
