import { page } from '@/app/_server/page'
import { pageIn } from '@/app/paging'
import { APPLICATIONS_PATH, CALENDAR_PATH, CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Icon, type IconName } from '@/components/icon'
import { Page } from '@/components/page'
import { Link } from '@/components/text'
import { reachOf } from '@/lib/credentials/reminders/plan'
import { services } from '@/lib/services'
import { CredentialList } from './_list/credential-list'
import { DueAnswer, DueTickets, NothingToWatch } from './_list/due'
import { OnlyCredential } from './_list/only-credential'
import { byUrgency, isNarrowed, queryText, readQuery } from './_list/query'
import { type ListContext, rowsOf } from './_list/rows'
import { credentialTabs, DoneNote, FileButton } from './parts'
import { daysAhead } from './reminders/thresholds'

/** What needs attention this week, and every credential with its lifetime and its next step. */
export default page('credentials:read', 'credentials', async ({ may, now, t, query: parameters }) => {
  const { credentials, notifications } = services()
  const [slots, keys, watch, channels] = await Promise.all([
    credentials.slots(),
    credentials.apiKeys(),
    credentials.watch(),
    notifications.channels.list(),
  ])
  const [query, page] = [readQuery(parameters), pageIn(parameters)]
  const expiring = { slots, keys }
  const all = rowsOf(expiring).sort(byUrgency)
  const { thresholdsDays, rotateDaysBefore } = watch
  const shared = { thresholdsDays, rotateDaysBefore, channels, mayWrite: may('credentials:write'), now, t }
  const due = { rows: all, listBegins: queryText(query, page) === '', ...shared }
  const hasRows = all.length > 0
  const only = all.length === 1 ? all[0] : undefined
  return (
    <Page
      title={t('title')}
      {...credentialTabs(t, 'expiry')}
      actions={
        <>
          <ButtonLink href={CALENDAR_PATH} icon="calendar" text={t('calendar')} />
          {hasRows && (
            <FileButton href={`${CREDENTIALS_PATH}/export${queryText(query)}`} icon="download" text={t('export')} />
          )}
        </>
      }
    >
      <DoneNote query={parameters} t={t} />
      <p className="hidden text-sm text-faint print:block">{t('printed', { time: t.time(now) })}</p>
      {hasRows ? (
        <>
          <DueAnswer {...due} />
          <DueTickets {...due} />
          {only?.slots && !isNarrowed(query) ? (
            <OnlyCredential row={only} {...shared} />
          ) : (
            <CredentialList expiring={expiring} all={all} query={query} page={page} {...shared} />
          )}
        </>
      ) : (
        <NothingToWatch {...shared} />
      )}
      <CareCells {...shared} />
    </Page>
  )
})

/** What watches over the credentials: reminders, calendar and the tenant, each as a link to its page. */
async function CareCells({ now, t, thresholdsDays, channels }: ListContext) {
  const { calendar, inventory } = services()
  const [feeds, { isOn, done }] = await Promise.all([calendar.feedsInUse(), inventory.status()])
  const reminded = reachOf(channels, { owners: [] })
  const { lastReadAt } = feeds
  const lastRead = lastReadAt ? t('care.read', { when: t.relativeTime(lastReadAt, now) }) : t('care.neverRead')
  return (
    <ul className="no-print grid divide-line rounded-lg border border-line bg-raised shadow-1 max-lg:divide-y lg:grid-cols-3 lg:divide-x">
      <Cell
        href={REMINDERS_PATH}
        icon="bell"
        title={t('care.channels', { count: reminded })}
        detail={reminded === 0 ? t('care.noChannels') : t('care.days', daysAhead(thresholdsDays, t))}
      />
      <Cell
        href={CALENDAR_PATH}
        icon="calendar"
        title={t('care.feeds', { count: feeds.count })}
        detail={feeds.count === 0 ? t('care.noFeeds') : lastRead}
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
    <Link href={href} className="flex h-full items-center gap-3 px-4.5 py-3.5 hover:bg-well max-sm:py-2.5">
      <Icon name={icon} className="size-5 text-soft" />
      <span className="min-w-0 flex-1">
        <span className="block font-[600]">{title}</span>
        <span className="block text-sm text-faint">{detail}</span>
      </span>
      <Icon name="chevron" className="size-4 text-faint" />
    </Link>
  </li>
)
