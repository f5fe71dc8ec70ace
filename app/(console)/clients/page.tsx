import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { page } from '@/app/_server/page'
import { pageIn, readPage } from '@/app/paging'
import { ADD_CLIENT_PATH, BASIC_AUTH_PATH, CLIENTS_PATH } from '@/app/paths'
import { Answer, EmptyState } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { choicesOf, Facets, Pagination, SearchBox, Segments, SelectFacet } from '@/components/list-controls'
import { Page } from '@/components/page'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import { silentNow } from '@/lib/operations/status'
import { services } from '@/lib/services'
import { CLIENT_KINDS, CLIENT_STATES, CLIENT_WAYS, type ClientState } from '@/lib/submission/client'
import type { ClientFilter, ClientNow, ClientsInState } from '@/lib/submission/store/client-states'
import { ClientTable } from './_list/client-table'
import { OnlyClient } from './_list/only-client'
import { clientsHref, type ListedClient, readClientsQuery } from './_list/query'
import { clientTabs, ListenerOffNote, ListenerSilentAnswer } from './parts'

/** States that are offered only if a client has them. */
const RARE: readonly ClientState[] = ['stopped', 'over', 'disabled']

/** Printers, applications and scripts: who sent, who was refused, who is silent. */
export default page('clients:read', 'clients', async ({ may, now, t, texts, query: parameters }) => {
  const [basicAuth, overview, people] = texts('basic-auth', 'overview', 'people')
  const { outbox, submission, environment, db, clock } = services()
  const query = readClientsQuery(parameters)
  const { before, after, inState, total, ...part } = await readPage(
    pageIn(parameters),
    (page) => submission.clients.listNow(query, page),
    (page) => clientsHref(query, page),
  )
  const [rows, counts, silent] = await Promise.all([
    inFull(part.rows),
    outbox.countsOfClients(part.rows.map(({ id }) => id)),
    silentNow({ db, clock }),
  ])
  const all = inState(null).count
  const only = all === 1 ? rows[0] : undefined
  const add = may('clients:write') && (
    <ButtonLink kind={all === 0 ? 'primary' : 'secondary'} href={ADD_CLIENT_PATH} text={t('add.link')} />
  )
  function answer() {
    const listeners = silent.filter(({ name }) => name === 'listener')
    if (environment.submission !== null && listeners.length > 0)
      return <ListenerSilentAnswer silent={listeners} {...{ add, overview, people }} />
    if (all > 0) return <ClientsAnswer inState={inState} action={add} t={t} />
    return (
      <Answer tone="neutral" mark={0} title={t('empty')} detail={t(add ? 'emptyText' : 'emptyReader')} action={add} />
    )
  }
  return (
    <Page
      title={t('title')}
      {...clientTabs(t, 'clients', may)}
      actions={<ButtonLink kind="quiet" href={BASIC_AUTH_PATH} text={basicAuth('title')} />}
    >
      <FlashMessage query={parameters} t={t} />
      {answer()}
      {environment.submission === null && <ListenerOffNote t={t} />}
      {all > 0 && (
        <>
          {all > 1 && <Filters query={query} inState={inState} results={total} t={t} />}
          {rows.length === 0 && <EmptyState title={t('nothing')} link={[CLIENTS_PATH, t('filter.clearAll')]} />}
          {only && <OnlyClient row={only} {...{ counts, now, t }} />}
          {rows.length > 0 && !only && <ClientTable {...{ rows, counts, now, t }} />}
          <Pagination t={t} newer={before} older={after} />
        </>
      )}
    </Page>
  )
})

/** These few in full, in their order, without those that were removed in the meantime. */
async function inFull(rows: readonly ClientNow[]): Promise<ListedClient[]> {
  const clients = await services().submission.clients.list(rows.map(({ id }) => id))
  return rows.flatMap(({ id, state, sentAt }) => {
    const client = clients.find((each) => each.id === id)
    return client ? [{ client, state, sentAt }] : []
  })
}

/** The clients of a state, or all of them for null. */
type InState = (state: ClientState | null) => ClientsInState

interface FiltersProps extends TextContext<'clients'> {
  query: ClientFilter
  inState: InState
  results: number
}

function Filters({ query, inState, results, t }: FiltersProps) {
  const states = CLIENT_STATES.filter(
    (state) => !RARE.includes(state) || state === query.state || inState(state).matching > 0,
  )
  const shared = { path: CLIENTS_PATH, query: { ...query }, t }
  return (
    <div className="grid gap-3">
      <Segments
        label={t('states')}
        items={[null, ...states].map((state) => ({
          href: clientsHref({ ...query, state }),
          label: t(state === null ? 'state.all' : `state.${state}`),
          count: t.number(inState(state).matching),
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

export function ClientsAnswer(props: { inState: InState; action?: ReactNode; t: Translator<'clients'> }) {
  const { inState, action, t } = props
  const [all, refused] = [inState(null), inState('refused')]
  const today = all.sentToday
  const worrying = (['stopped', 'silent', 'over'] as const).filter((state) => inState(state).count > 0)
  const rest = [
    ...(refused.count > 0 ? [t('answer.sentToday', { count: today })] : []),
    ...worrying.map((state) => t(`answer.${state}`, namesOf(inState(state)))),
  ]
  const detail = rest.join(' ')
  if (refused.count > 0) {
    const title = t('answer.refused', namesOf(refused))
    return <Answer tone="bad" mark={refused.count} {...{ title, detail, action }} />
  }
  if (inState('unused').count === all.count) {
    return (
      <Answer tone="neutral" mark={0} title={t('answer.unused')} detail={t('answer.unusedDetail')} action={action} />
    )
  }
  if (today === 0) {
    const tone = worrying.some((state) => state !== 'silent') ? 'warn' : 'neutral'
    return <Answer tone={tone} mark={0} title={t('answer.sentToday', { count: 0 })} {...{ detail, action }} />
  }
  const title = t('answer.allFine', { count: today, rest: all.count - today, all: all.count, name: all.names[0] ?? '' })
  return <Answer tone={worrying.length > 0 ? 'warn' : 'good'} {...{ title, detail, action }} />
}

const namesOf = ({ count, names }: ClientsInState) => ({
  count,
  named: names.length > 0 ? 'yes' : 'no',
  names: names.join(', '),
})
