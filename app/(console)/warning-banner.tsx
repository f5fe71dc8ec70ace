import type { Route } from 'next'
import Link from 'next/link'
import { Icon } from '@/components/icon'
import { absoluteDate } from '@/components/timestamp'
import { may } from '@/lib/access/permissions'
import type { Warning } from '@/lib/credentials/warnings'
import type { Words } from '@/lib/kernel/words'
import { wiring } from '@/lib/wiring'
import type { Caller } from '../_server/caller'
import { words } from '../_server/words'

const LOOK = { soon: 'border-warn bg-warn-wash', critical: 'border-bad bg-bad-wash' } as const

/**
 * On every page: the credential that needs somebody most, and where to mend it. It asks one small question while the
 * page asks its own, and brings no script.
 */
export async function WarningBanner({ caller }: { caller: Caller }) {
  const [warnings, t] = await Promise.all([wiring().credentials.warnings(), words('reminders')])
  const [worst] = warnings
  if (!worst) return null
  const look = LOOK[worst.state === 'soon' ? 'soon' : 'critical']
  return (
    <section
      aria-label={t('banner.label')}
      className={`no-print flex items-start gap-3 border-b px-4 py-2.5 text-sm sm:px-8 xl:px-12 ${look}`}
    >
      <Icon name="warning" className={`mt-0.5 size-4 ${worst.state === 'soon' ? 'text-warn' : 'text-bad'}`} />
      <p className="min-w-0">
        {sentences(worst, caller, t).join(' ')}{' '}
        <Link href={placeOf(worst) as Route} prefetch={false} className="prose-link">
          {t(`banner.${deedOf(worst, caller)}`)}
        </Link>
        {warnings.length > 1 && ` ${t('banner.more', { count: warnings.length - 1 })}`}
      </p>
    </section>
  )
}

function sentences(warning: Warning, { locale }: Caller, t: Words): string[] {
  const { state, slot, daysLeft, expiresAt, nextIsProven } = warning
  const date = expiresAt ? absoluteDate(expiresAt, locale) : ''
  const facts = {
    kind: t(`banner.kind.${warning.kind}`),
    server: warning.serverName,
    date,
    days: Math.max(0, daysLeft ?? 0),
  }
  const isPast = daysLeft !== null && daysLeft < 0
  const what =
    state === 'refused' ? 'refused' : state === 'expired' && !isPast ? 'expiredByEntra' : isPast ? 'ended' : 'ends'
  return [
    t(`banner.${what}`, facts),
    ...(slot === 'next' ? [t('banner.next')] : []),
    ...(nextIsProven ? [t('banner.proven')] : []),
  ]
}

/** A password has no slots: it is replaced where the mail server is set up. */
const placeOf = ({ kind }: Warning): string => (kind === 'smtp-password' ? '/mail-server' : '/credentials')

const deedOf = ({ nextIsProven }: Warning, { actor }: Caller): 'see' | 'replace' | 'makeCurrent' =>
  !may(actor.role, 'credentials:write') ? 'see' : nextIsProven ? 'makeCurrent' : 'replace'
