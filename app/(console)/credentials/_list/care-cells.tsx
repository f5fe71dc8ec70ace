import type { Route } from 'next'
import Link from 'next/link'
import { APPLICATIONS_PATH, CALENDAR_PATH, REMINDERS_PATH } from '@/app/paths'
import { Icon, type IconName } from '@/components/icon'
import { relativeTime } from '@/components/timestamp'
import { reachOf } from '@/lib/credentials/reminders/plan'
import type { Channel } from '@/lib/credentials/store/channel-rows'
import type { ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'

/** What watches over the credentials: reminders, calendar and the tenant, each as a link to its page. */
export async function CareCells({
  now,
  locale,
  t,
  thresholdsDays,
  channels,
}: ViewContext<'credentials'> & { thresholdsDays: readonly number[]; channels: readonly Channel[] }) {
  const { calendar, inventory } = services()
  const [feeds, { isOn, done }] = await Promise.all([calendar.feeds(), inventory.status()])
  const reminded = reachOf(channels, { owners: [] })
  const active = feeds.filter(({ revokedAt }) => !revokedAt)
  const lastRead = active.flatMap(({ lastReadAt }) => lastReadAt ?? []).sort((a, b) => b.getTime() - a.getTime())[0]
  const days = thresholdsDays.filter((each) => each > 0).join(', ')
  return (
    <ul className="no-print grid divide-line rounded-lg border border-line bg-raised shadow-1 max-lg:divide-y lg:grid-cols-3 lg:divide-x">
      <Cell
        href={REMINDERS_PATH}
        icon="bell"
        title={t('care.channels', { count: reminded })}
        detail={reminded === 0 ? t('care.noChannels') : t('care.days', { days })}
      />
      <Cell
        href={CALENDAR_PATH}
        icon="calendar"
        title={t('care.feeds', { count: active.length })}
        detail={
          active.length === 0
            ? t('care.noFeeds')
            : lastRead
              ? t('care.read', { when: relativeTime(lastRead, now, locale) })
              : t('care.neverRead')
        }
      />
      <Cell
        href={APPLICATIONS_PATH}
        icon="grid"
        title={isOn ? t('care.watched', { count: done?.applications ?? 0 }) : t('care.off')}
        detail={isOn ? t('care.credentials', { count: done?.credentials ?? 0 }) : t('care.offDetail')}
      />
    </ul>
  )
}

const Cell = ({ href, icon, title, detail }: { href: string; icon: IconName; title: string; detail: string }) => (
  <li>
    <Link href={href as Route} prefetch={false} className="flex h-full items-center gap-3 px-4.5 py-3.5 hover:bg-well">
      <Icon name={icon} className="size-5 text-soft" />
      <span className="min-w-0 flex-1">
        <span className="block font-[600]">{title}</span>
        <span className="block text-sm text-faint">{detail}</span>
      </span>
      <Icon name="chevron" className="size-4 text-faint" />
    </Link>
  </li>
)
