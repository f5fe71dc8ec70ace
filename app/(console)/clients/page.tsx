import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { pageIn, pageOf } from '@/app/paging'
import { ADD_CLIENT_PATH, BASIC_AUTH_PATH, CLIENTS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Facets, Pagination, SearchBox, Segments, SelectFacet } from '@/components/list-controls'
import { Answer, EmptyState, Page } from '@/components/page'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CLIENT_KINDS, CLIENT_STATES, CLIENT_WAYS, type ClientState } from '@/lib/submission/client'
import { ClientTable } from './_list/client-table'
import {
  type ClientsQuery,
  clientsHref,
  type ListedClient,
  listedClients,
  readClientsQuery,
  selected,
} from './_list/query'
import { clientTabs, ListenerOffNote } from './parts'

/** States that are offered only if a client has them. */
const RARE: readonly ClientState[] = ['stopped', 'over', 'disabled']

/** Printers, applications and scripts: who sent, who was refused, who is silent. */
export default page('clients:read', 'clients', async ({ may, now, t, texts, query: parameters }) => {
  const [basicAuth] = texts('basic-auth')
  const { alerts, outbox, submission: service, environment } = services()
  const [stored, stopped] = await Promise.all([service.clients.list(), alerts.stoppedClients()])
  const newest = await outbox.newestOfClients(stored.map(({ id }) => id))
  const all = listedClients(stored, { newest, stopped, now })
  const query = readClientsQuery(parameters)
  const matching = selected(all, query)
  const inState = query.state === null ? matching : matching.filter(({ state }) => state === query.state)
  const { rows, before, after } = pageOf(inState, pageIn(parameters), (page) => clientsHref(query, page))
  const counts = await outbox.countsOfClients(rows.map(({ client }) => client.id))
  const add = may('clients:write') && (
    <ButtonLink kind={all.length === 0 ? 'primary' : 'secondary'} href={ADD_CLIENT_PATH} text={t('add.link')} />
  )
  return (
    <Page
      title={t('title')}
      {...clientTabs(t, 'clients', may)}
      actions={<ButtonLink kind="quiet" href={BASIC_AUTH_PATH} text={basicAuth('title')} />}
    >
      <FlashMessage query={parameters} t={t} />
      {all.length === 0 ? (
        <Answer tone="neutral" mark={0} title={t('empty')} detail={t(add ? 'emptyText' : 'emptyReader')} action={add} />
      ) : (
        <ClientsAnswer clients={all} action={add} t={t} />
      )}
      {environment.submission === null && <ListenerOffNote t={t} />}
      {all.length > 0 && (
        <>
          {all.length > 1 && <Filters query={query} matching={matching} results={inState.length} t={t} />}
          {rows.length > 0 ? (
            <ClientTable {...{ rows, counts, now, t }} />
          ) : (
            <EmptyState title={t('nothing')} action={<ButtonLink href={CLIENTS_PATH} text={t('filter.clearAll')} />} />
          )}
          <Pagination t={t} newer={before} older={after} />
        </>
      )}
    </Page>
  )
})

interface FiltersProps extends TextContext<'clients'> {
  query: ClientsQuery
  matching: readonly ListedClient[]
  results: number
}

function Filters({ query, matching, results, t }: FiltersProps) {
  const countOf = (state: ClientState) => matching.filter((each) => each.state === state).length
  const states = CLIENT_STATES.filter((state) => !RARE.includes(state) || state === query.state || countOf(state) > 0)
  const shared = { path: CLIENTS_PATH, query, t }
  const facet = (name: 'way' | 'kind') => ({ ...shared, name, chosen: query[name] ?? '' })
  return (
    <div className="grid gap-3">
      <Segments
        label={t('states')}
        items={[null, ...states].map((state) => ({
          href: clientsHref({ ...query, state }),
          label: t(state === null ? 'state.all' : `state.${state}`),
          count: t.number(state === null ? matching.length : countOf(state)),
          current: state === query.state,
        }))}
      />
      <Facets results={t.number(results)}>
        <SelectFacet
          {...facet('way')}
          label={t('filter.way')}
          options={CLIENT_WAYS.map((value) => ({ value, label: t(`way.${value}`) }))}
        />
        <SelectFacet
          {...facet('kind')}
          label={t('filter.kind')}
          options={CLIENT_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
        />
        <SearchBox {...shared} label={t('filter.text')} value={query.text} />
      </Facets>
    </div>
  )
}

/** Names in the sentence; further clients are counted in the segments. */
const NAMES_MAX = 3

/** Who was refused, who sent today and who is silent, in one sentence. */
export function ClientsAnswer(props: {
  clients: readonly ListedClient[]
  action?: ReactNode
  t: Translator<'clients'>
}) {
  const { clients, action, t } = props
  const of = (state: ListedClient['state']) => clients.filter((each) => each.state === state)
  const [refused, stopped, silent, over] = [of('refused'), of('stopped'), of('silent'), of('over')]
  const today = clients.filter(({ hasSentToday }) => hasSentToday).length
  const rest = [
    ...(refused.length > 0 ? [t('answer.sentToday', { count: today })] : []),
    ...(stopped.length > 0 ? [t('answer.stopped', namesOf(stopped))] : []),
    ...(silent.length > 0 ? [t('answer.silent', namesOf(silent))] : []),
    ...(over.length > 0 ? [t('answer.over', namesOf(over))] : []),
  ]
  const detail = rest.join(' ')
  if (refused.length > 0) {
    const title = t('answer.refused', namesOf(refused))
    return <Answer tone="bad" mark={refused.length} {...{ title, detail, action }} />
  }
  if (today === 0) {
    const tone = stopped.length + over.length > 0 ? 'warn' : 'neutral'
    return <Answer tone={tone} mark={0} title={t('answer.sentToday', { count: 0 })} {...{ detail, action }} />
  }
  const title = t('answer.allFine', { count: today, all: clients.length, name: clients[0]?.client.name ?? '' })
  return (
    <Answer tone={stopped.length + silent.length + over.length > 0 ? 'warn' : 'good'} {...{ title, detail, action }} />
  )
}

const namesOf = (clients: readonly ListedClient[]) => ({
  count: clients.length,
  named: clients.length > NAMES_MAX ? 'no' : 'yes',
  names: clients.map(({ client }) => client.name).join(', '),
})
