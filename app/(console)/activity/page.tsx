import { page, pageTitle } from '@/app/_server/page'
import { loadPart, PartFailed } from '@/app/_server/part'
import { mailServers } from '@/app/_server/status'
import { ACTIVITY_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { CodeBlock } from '@/components/code-block'
import { EmptyState } from '@/components/empty-state'
import { Fold } from '@/components/fold'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { services } from '@/lib/services'
import { ActivityFilter } from './activity-filter'
import { ActivityTable } from './activity-table'
import { activityLabels, toListedEvent } from './load-rows'
import { activityHref, readActivityRequest } from './query'
import { knownNames } from './subject'
import { subjectsIn, titlesOf } from './titles'

export const generateMetadata = pageTitle('activity', 'title')

export default page('activity:read', 'activity', async ({ may, locale, t, query: parameters }) => {
  const { audit, signIn, credentials, alerts } = services()
  const { query, filter, cursor, badDays } = readActivityRequest(parameters)
  const [loaded, operators, servers] = await Promise.all([
    loadPart('activity', () => audit.read(filter, cursor)),
    signIn.operators(),
    mailServers(),
  ])
  const { rows, hasNewer, hasOlder } = loaded.ok ? loaded.value : { rows: [], hasNewer: false, hasOlder: false }
  const opened = may('people:write') ? operators : []
  const about = subjectsIn(rows)
  const [named, raised] = await Promise.all([credentials.named(about.credentials), alerts.byId(about.alerts)])
  const titles = titlesOf(rows, { credentials: named, alerts: raised }, locale)
  const there = {
    servers: servers.map(({ id }) => id),
    credentials: named.flatMap(({ id, slot, removedAt, mailServer }) => {
      if (removedAt !== null) return []
      return slot === 'previous' ? [id] : [id, mailServer.id]
    }),
    operators: opened.map(({ id }) => id),
  }
  const context = { names: knownNames({ operators, servers }, rows), titles, there, locale, t }
  const [first, last] = [rows.at(0), rows.at(-1)]
  const newest = activityHref(query, { kind: 'newest' })
  return (
    <Page title={t('title')}>
      <ActivityFilter query={query} badDays={badDays} t={t} />
      {!loaded.ok ? (
        <PartFailed {...loaded.error} />
      ) : rows.length === 0 ? (
        <EmptyState
          title={t('empty')}
          action={
            cursor.kind === 'newest' ? (
              <ButtonLink href={ACTIVITY_PATH}>{t('filter.clearAll')}</ButtonLink>
            ) : (
              <ButtonLink href={newest}>{t('paging.newest')}</ButtonLink>
            )
          }
        />
      ) : (
        <ActivityTable rows={rows.map((row) => toListedEvent(row, context))} labels={activityLabels(t)} />
      )}
      <Pagination
        t={t}
        newer={hasNewer && first ? activityHref(query, { kind: 'after', sequence: first.sequence }) : null}
        older={hasOlder && last ? activityHref(query, { kind: 'before', sequence: last.sequence }) : null}
      />
      <Fold summary={t('protection.title')}>
        <div className="grid max-w-[68ch] gap-2">
          <p>{t('protection.text')}</p>
          <CodeBlock text="bin/postroom audit verify" />
        </div>
      </Fold>
    </Page>
  )
})
