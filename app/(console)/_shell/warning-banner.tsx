import type { Route } from 'next'
import Link from 'next/link'
import type { OperatorCaller } from '@/app/_server/caller'
import { failoverOf } from '@/app/_server/status'
import { getTranslations } from '@/app/_server/translations'
import { Icon } from '@/components/icon'
import { services } from '@/lib/services'
import { isUrgent, warningDeed, warningPlace, warningText } from './warning-labels'

/**
 * On every page: the credential that needs attention most, and where to fix it. It makes one small query while the page loads
 * its own data, and needs no script. On the Overview a style hides it, because its list says the same.
 */
export async function WarningBanner({ caller }: { caller: OperatorCaller }) {
  const [warnings, t] = await Promise.all([services().credentials.warnings(), getTranslations('reminders')])
  const [first] = warnings
  if (!first) return null
  const worst = { ...first, failover: await failoverOf(first.mailServerId) }
  const urgent = isUrgent(worst)
  return (
    <section
      aria-label={t('banner.label')}
      className={`warning-banner no-print flex items-start gap-3 border-b px-4 py-2.5 text-sm sm:px-8 xl:px-12 ${urgent ? 'border-bad bg-bad-wash' : 'border-warn bg-warn-wash'}`}
    >
      <Icon name="warning" className={`mt-0.5 size-4 ${urgent ? 'text-bad' : 'text-warn'}`} />
      <p className="min-w-0">
        {warningText(worst, caller.locale, t)}{' '}
        <Link href={warningPlace(worst) as Route} prefetch={false} className="prose-link">
          {warningDeed(worst, caller.actor.role, t)}
        </Link>
        {warnings.length > 1 && ` ${t('banner.more', { count: warnings.length - 1 })}`}
      </p>
    </section>
  )
}
