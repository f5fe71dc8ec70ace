import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { pageIn, pageOf } from '@/app/paging'
import { ADD_CLIENT_PATH, BASIC_AUTH_PATH, CLIENT_CARDS_PATH, CLIENTS_PATH } from '@/app/paths'
import { BulkBar } from '@/components/bulk-bar'
import { Button, ButtonLink } from '@/components/button'
import { Hidden } from '@/components/hidden'
import { choicesOf, Facets, Pagination, SearchBox, Segments, SelectFacet } from '@/components/list-controls'
import { Answer, EmptyState, Page } from '@/components/page'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { silentNow } from '@/lib/operations/status'
import { services } from '@/lib/services'
import { CLIENT_KINDS, CLIENT_STATES, CLIENT_WAYS, type ClientState } from '@/lib/submission/client'
import type { ClientNow } from '@/lib/submission/store/client-states'
import { ClientTable } from './_list/client-table'
import { inFull, matchingClients } from './_list/matching'
import { type ClientsQuery, clientsHref, type ListedClient } from './_list/query'
import { clientTabs, ListenerOffNote, ListenerSilentNote } from './parts'

/** States that are offered only if a client has them. */
const RARE: readonly ClientState[] = ['stopped', 'over', 'disabled']

/** Printers, applications and scripts: who sent, who was refused, who is silent. */
export default page('clients:read', 'clients', async ({ may, now, t, texts, query: parameters }) => {
  const [basicAuth, overview] = texts('basic-auth', 'overview')
  const { outbox, environment, db, clock } = services()
  const { all, query, matching, inState } = await matchingClients(parameters)
  const { before, after, ...part } = pageOf(inState, pageIn(parameters), (page) => clientsHref(query, page))
  const [rows, counts, silent] = await Promise.all([
    inFull(part.rows),
    outbox.countsOfClients(part.rows.map(({ id }) => id)),
    silentNow({ db, clock }),
  ])
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
      {environment.submission === null ? (
        <ListenerOffNote t={t} />
      ) : (
        <ListenerSilentNote {...{ silent, t, overview }} />
      )}
      {all.length > 0 && (
        <>
          {all.length > 1 && <Filters query={query} matching={matching} results={inState.length} t={t} />}
          {rows.length > 0 ? (
            <ChoiceForm {...{ query, rows, results: inState.length, t }}>
              <ClientTable {...{ rows, counts, now, t }} chooses={inState.length > 1} />
            </ChoiceForm>
          ) : (
            <EmptyState title={t('nothing')} link={[CLIENTS_PATH, t('filter.clearAll')]} />
          )}
          <Pagination t={t} newer={before} older={after} />
        </>
      )}
    </Page>
  )
})

/** Leads from the checkboxes of the table in it to the set-up cards of these clients, or of all that match. */
function ChoiceForm(props: Omit<FiltersProps, 'matching'> & { rows: readonly ListedClient[]; children: ReactNode }) {
  const { query, rows, results, t } = props
  if (results === 1) return props.children
  return (
    <form action={CLIENT_CARDS_PATH} aria-label={t('cards.bar')}>
      <Hidden {...Object.fromEntries(new URLSearchParams(clientsHref(query).split('?')[1]))} />
      {props.children}
      <BulkBar name={t('cards.bar')} chosen={t('cards.chosen')} all={t('cards.allChosen')}>
        {results > rows.length && (
          <label className="flex min-h-8 w-fit items-center gap-2">
            <input type="checkbox" name="all" value="1" className="size-4" />
            {t('cards.all', { count: t.number(results) })}
          </label>
        )}
        <Button text={t('cards.title')} />
      </BulkBar>
    </form>
  )
}

interface FiltersProps extends TextContext<'clients'> {
  query: ClientsQuery
  matching: readonly ClientNow[]
  results: number
}

function Filters({ query, matching, results, t }: FiltersProps) {
  const countOf = (state: ClientState) => matching.filter((each) => each.state === state).length
  const states = CLIENT_STATES.filter((state) => !RARE.includes(state) || state === query.state || countOf(state) > 0)
  const shared = { path: CLIENTS_PATH, query, t }
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
        <SelectFacet {...shared} name="way" options={choicesOf(CLIENT_WAYS, (value) => t(`way.${value}`))} />
        <SelectFacet {...shared} name="kind" options={choicesOf(CLIENT_KINDS, (value) => t(`kind.${value}`))} />
        <SearchBox {...shared} label={t('filter.text')} value={query.text} />
      </Facets>
    </div>
  )
}

/** Names in the sentence; further clients are counted in the segments. */
const NAMES_MAX = 3

export function ClientsAnswer(props: { clients: readonly ClientNow[]; action?: ReactNode; t: Translator<'clients'> }) {
  const { clients, action, t } = props
  const of = (state: ClientState) => clients.filter((each) => each.state === state)
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
  const title = t('answer.allFine', { count: today, all: clients.length, name: clients[0]?.name ?? '' })
  return (
    <Answer tone={stopped.length + silent.length + over.length > 0 ? 'warn' : 'good'} {...{ title, detail, action }} />
  )
}

const namesOf = (clients: readonly ClientNow[]) => ({
  count: clients.length,
  named: clients.length > NAMES_MAX ? 'no' : 'yes',
  names: clients.map(({ name }) => name).join(', '),
})
