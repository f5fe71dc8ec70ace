import { page, pageTitle } from '@/app/_server/page'
import { pageIn } from '@/app/paging'
import { CALENDAR_PATH, CREDENTIALS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { absoluteTime } from '@/components/timestamp'
import { services } from '@/lib/services'
import { CareCells } from './_list/care-cells'
import { CredentialList } from './_list/credential-list'
import { DueAnswer, DueTickets, NothingToWatch } from './_list/due'
import { OnlyCredential } from './_list/only-credential'
import { isNarrowed, queryText, readQuery, selectRows } from './_list/query'
import { rowsOf } from './_list/rows'
import { DoneNote } from './done-note'
import { credentialTabs } from './tabs'

export const generateMetadata = pageTitle('credentials', 'title')

/** What needs attention this week, and every credential with its lifetime and its next step. */
export default page('credentials:read', 'credentials', async ({ may, now, locale, t, query: parameters }) => {
  const { credentials, reminders } = services()
  const [tabs, slots, keys, watch, channels] = await Promise.all([
    credentialTabs('expiry'),
    credentials.slots(),
    credentials.apiKeys(),
    credentials.watch(),
    reminders.channels.list(),
  ])
  const [query, page] = [readQuery(parameters), pageIn(parameters)]
  const expiring = { slots, keys }
  const all = rowsOf(expiring)
  const urgentFirst = selectRows(expiring, readQuery({})).rows
  const context = { now, locale, t }
  const shared = { ...watch, channels, mayWrite: may('credentials:write'), ...context }
  const hasRows = all.length > 0
  const only = all.length === 1 ? all[0] : undefined
  return (
    <Page
      title={t('title')}
      {...tabs}
      actions={
        <>
          <ButtonLink href={CALENDAR_PATH} icon="calendar">
            {t('calendar')}
          </ButtonLink>
          {hasRows && (
            <a href={`${CREDENTIALS_PATH}/export${queryText(query)}`} className="button button-secondary">
              <Icon name="download" className="size-4" />
              <span className="bar-label">{t('export')}</span>
            </a>
          )}
        </>
      }
    >
      <DoneNote done={parameters.done} count={parameters.count} t={t} />
      <p className="hidden text-sm text-faint print:block">
        {t('printed', { time: absoluteTime(context.now, locale) })}
      </p>
      {hasRows ? (
        <>
          <DueAnswer rows={urgentFirst} {...shared} />
          <DueTickets rows={urgentFirst} listBegins={queryText(query, page) === ''} {...shared} />
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
