import { TimeRangeFields } from '@/app/_form/time-range-fields'
import { page } from '@/app/_server/page'
import { loadPart, PartFailed } from '@/app/_server/part'
import { mailServers } from '@/app/_server/status'
import { ACTIVITY_PATH, withQuery } from '@/app/paths'
import { RANGE_FIELDS, type TimeRange, timeRangeFaults, timeRangeText } from '@/app/time-range'
import { EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { TextInput } from '@/components/inputs'
import { choicesOf, countOnPage, Facet, Facets, Pagination, SearchBox, SelectFacet } from '@/components/list-controls'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Fold } from '@/components/panel'
import { AUDIT_RESULTS } from '@/lib/audit'
import { AUDIT_ACTIONS } from '@/lib/audit/actions'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { FileButton } from '../credentials/parts'
import { ActivityTable } from './activity-table'
import { activityLabels, toListedEvent } from './load-rows'
import { type ActivityQuery, activityHref, readActivityRequest, withNames } from './query'
import { knownNames, subjectsIn, titlesOf } from './subject'

export default page('activity:read', 'activity', async ({ may, t, query: parameters }) => {
  const { audit, signIn, credentials, alerts, outbox, submission } = services()
  const { query, filter, cursor, ...period } = readActivityRequest(parameters)
  const [loaded, servers] = await Promise.all([
    loadPart('activity', () => audit.read(withNames(filter, t), cursor)),
    mailServers(),
  ])
  const { rows, hasNewer, hasOlder } = loaded.ok ? loaded.value : { rows: [], hasNewer: false, hasOlder: false }
  const about = subjectsIn(rows)
  const [named, raised, messages, clients, operators] = await Promise.all([
    credentials.named(about.credentials),
    alerts.byId(about.alerts),
    outbox.subjects(about.messages),
    submission.clients.names(about.clients),
    signIn.operators(about.operators),
  ])
  const titles = titlesOf(rows, { credentials: named, alerts: raised, messages }, t.locale)
  const there = {
    servers: servers.map(({ id }) => id),
    credentials: named.flatMap(({ id, slot, removedAt, mailServer }) => {
      if (removedAt !== null) return []
      return slot === 'previous' ? [id] : [id, mailServer.id]
    }),
    messages: messages.map(({ id }) => id),
    operators: may('people:write') ? operators.map(({ id }) => id) : [],
  }
  const context = { names: knownNames({ operators, servers, clients }, rows), titles, there, t }
  const [first, last] = [rows.at(0), rows.at(-1)]
  const newest = activityHref(query, { kind: 'newest' })
  const file = withQuery(`${ACTIVITY_PATH}/export`, query)
  return (
    <Page title={t('title')} actions={rows.length > 0 && <FileButton href={file} icon="download" text={t('export')} />}>
      <ActivityFilter
        query={query}
        {...period}
        hasRows={rows.length > 0}
        results={countOnPage(rows, hasNewer || hasOlder, t)}
        t={t}
      />
      {!loaded.ok && <PartFailed {...loaded.error} />}
      {loaded.ok && rows.length === 0 && (
        <EmptyState
          title={t('empty')}
          link={cursor.kind === 'newest' ? [ACTIVITY_PATH, t('filter.clearAll')] : [newest, t('paging.newest')]}
        />
      )}
      {rows.length > 0 && (
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

/**
 * @param props.hasRows Without rows, what is said instead of them has the link that clears all filters.
 */
function ActivityFilter(props: {
  query: ActivityQuery
  range: TimeRange
  badDays: string[]
  isReversed: boolean
  hasRows: boolean
  results: string
  t: Translator<'activity'>
}) {
  const { query, range, t } = props
  const faults = timeRangeFaults(props, t)
  const isFiltered = Object.values(query).some((value) => value !== '')
  const shared = { path: ACTIVITY_PATH, query: { ...query }, t }
  return (
    <>
      <Facets results={props.results}>
        <SelectFacet {...shared} name="action" options={choicesOf(AUDIT_ACTIONS, (value) => t(`action.${value}`))} />
        <SelectFacet {...shared} name="result" options={choicesOf(AUDIT_RESULTS, (value) => t(`result.${value}`))} />
        <Facet {...shared} name="actor" label={t('filter.actor')} value={query.actor || null}>
          <TextInput name="actor" label={t('filter.actor')} hint={t('filter.actorHint')} defaultValue={query.actor} />
        </Facet>
        <Facet {...shared} name={RANGE_FIELDS} label={t('filter.time')} value={timeRangeText(range, t)}>
          <TimeRangeFields {...props} />
        </Facet>
        <SearchBox {...shared} label={t('filter.text')} value={query.text} />
        {isFiltered && props.hasRows && (
          <ButtonLink kind="quiet" href={ACTIVITY_PATH} className="max-sm:-ml-2.5" text={t('filter.clearAll')} />
        )}
      </Facets>
      {faults.length > 0 && <Note kind="warning">{faults.join(' ')}</Note>}
    </>
  )
}
