import { page } from '@/app/_server/page'
import { ADD_CLIENT_PATH, SUBMISSION_SESSIONS_PATH } from '@/app/paths'
import { idIn, textIn } from '@/app/search-params'
import { Answer, EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { countOnPage, Facets, NameFacet, Pagination, SearchBox, SelectFacet } from '@/components/list-controls'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { clientName } from '@/lib/submission/client-name'
import { SESSION_REFUSALS } from '@/lib/submission/refusal'
import { clientTabs, ListenerOffNote } from '../parts'
import {
  isFiltered,
  NO_CONDITIONS,
  PERIODS,
  queryOf,
  readSessionsRequest,
  type SessionsRequest,
  sessionsHref,
} from './query'
import { RefusedDevices, SessionsAnswer } from './refused-devices'
import { SessionTable } from './session-table'

const ROWS = 25

export default page('clients:read', 'clients', async ({ may, now, t, texts, query: parameters }) => {
  const [submission] = texts('submission')
  const { environment, submission: service } = services()
  const clients = await service.clients.namesToChoose(textIn(parameters, 'client'))
  const { id: client, unknown } = idIn(parameters, 'client', clients)
  const request = readSessionsRequest({ ...parameters, client }, now)
  const isFirst = !isFiltered(request) && request.before === null
  const [stored, devices, [refused]] = await Promise.all([
    service.sessions.list(request.filter, { before: request.before, rows: ROWS + 1 }),
    isFirst ? service.sessions.refusedDevices() : [],
    isFirst ? service.sessions.list({ ...request.filter, refusal: 'any' }, { before: null, rows: 1 }) : [],
  ])
  const sessions = stored.slice(0, ROWS)
  const ids = [...new Set(sessions.flatMap(({ clientId }) => clientId ?? []))]
  const names = new Map([...(await service.clients.names(ids))].map(([id, name]) => [id, clientName(name, submission)]))
  const next = stored.length > ROWS ? (sessions.at(-1)?.id ?? null) : null
  const view = { now, t }
  const mayAdd = may('clients:write')
  const addFirst = <ButtonLink kind="primary" href={ADD_CLIENT_PATH} text={t('add.link')} />
  return (
    <Page title={t('title')} documentTitle={t('sessions.title')} {...clientTabs(t, 'sessions', may)}>
      {isFirst && sessions.length > 0 && (
        <SessionsAnswer devices={devices[0]?.all ?? 0} areClientsRefused={refused !== undefined} t={t} />
      )}
      {environment.submission === null && <ListenerOffNote t={t} />}
      <RefusedDevices {...view} devices={devices} mayAdd={mayAdd} submission={submission} />
      {isFirst && sessions.length === 0 ? (
        <Answer
          tone="neutral"
          mark={0}
          title={t('sessions.empty')}
          detail={t('sessions.emptyText')}
          action={mayAdd && clients.size === 0 && addFirst}
        />
      ) : (
        <>
          <Filters
            {...{ request, clients, unknown, t }}
            results={countOnPage(sessions, request.before !== null || next !== null, t)}
          />
          {sessions.length > 0 ? (
            <SessionTable {...view} sessions={sessions} names={names} />
          ) : (
            <EmptyState title={t('sessions.none')} link={[sessionsHref(NO_CONDITIONS), t('filter.clearAll')]} />
          )}
          <Pagination
            t={(key) => t(`sessions.${key}`)}
            newer={request.before ? sessionsHref(request) : null}
            older={next && sessionsHref(request, next)}
          />
        </>
      )}
    </Page>
  )
})

interface FiltersProps {
  request: SessionsRequest
  clients: ReadonlyMap<string, string>
  /** What was typed, if no client has that name. */
  unknown: string
  results: string
  t: Translator<'clients'>
}

function Filters({ request, clients, unknown, results, t }: FiltersProps) {
  const shared = { path: SUBMISSION_SESSIONS_PATH, query: queryOf(request), t }
  return (
    <Facets results={results}>
      <SelectFacet
        {...shared}
        name="time"
        chosen={request.time}
        required
        options={PERIODS.map((value) => ({ value, label: t(`sessions.period.${value}`) }))}
      />
      <NameFacet
        {...shared}
        name="client"
        unknown={unknown}
        options={[...clients].map(([value, label]) => ({ value, label }))}
      />
      <SelectFacet
        {...shared}
        name="refusal"
        options={[
          { value: 'any', label: t('sessions.anyRefusal') },
          ...SESSION_REFUSALS.map((code) => ({ value: code, label: t.lookUp(`refused.${code}`) ?? code })),
        ]}
      />
      <SearchBox {...shared} label={t('sessions.filter.text')} value={request.text} />
      {unknown && (
        <Note kind="warning" live="status" className="basis-full">
          {t('filter.noClient', { text: unknown })}
        </Note>
      )}
    </Facets>
  )
}
