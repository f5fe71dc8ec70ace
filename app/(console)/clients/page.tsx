import type { Metadata } from 'next'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { ADD_CLIENT_PATH, BASIC_AUTH_PATH, CLIENTS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Facet, Facets, SearchBox } from '@/components/facet'
import { Select } from '@/components/inputs'
import { Page } from '@/components/page'
import { Pagination } from '@/components/pagination'
import { Segments } from '@/components/segments'
import { may } from '@/lib/access/permissions'
import { formatNumber, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { CLIENT_KINDS, CLIENT_WAYS } from '@/lib/submission/client'
import { CLIENT_STATES, type ClientState } from '@/lib/submission/client-state'
import { ClientTable } from './_list/client-table'
import { ClientsAnswer } from './_list/clients-answer'
import { type ClientsQuery, clientsHref, queryOf, ROWS, readClientsQuery, selected } from './_list/query'
import { type ListedClient, listedClients } from './_list/rows'
import { ListenerOffNote } from './listener-note'
import { clientTabs } from './tabs'

/** States that are offered only if a client has them. */
const RARE: readonly ClientState[] = ['over', 'disabled']

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('clients'))('title') }
}

/** Printers, applications and scripts: who sent, who was refused, who is silent. */
export default async function ClientsPage({ searchParams }: PageProps<'/clients'>) {
  const { locale, actor } = await requireCaller('clients:read')
  const params = await searchParams
  const [t, submission] = await Promise.all([getTranslations('clients'), getTranslations('submission')])
  const { clock, outbox, submission: service, environment } = services()
  const now = clock.now()
  const stored = await service.clients.list()
  const all = listedClients(stored, await outbox.newestOfClients(stored.map(({ id }) => id)), now)
  const query = readClientsQuery(params)
  const matching = selected(all, query)
  const inState = query.state === null ? matching : matching.filter(({ state }) => state === query.state)
  const rows = inState.slice((query.page - 1) * ROWS, query.page * ROWS)
  const counts = await outbox.countsOfClients(rows.map(({ client }) => client.id))
  const add = may(actor.role, 'clients:write') && (
    <ButtonLink kind="primary" href={ADD_CLIENT_PATH}>
      {t('add.link')}
    </ButtonLink>
  )
  const moving = (
    <ButtonLink kind="quiet" href={BASIC_AUTH_PATH} icon="lock">
      {(await getTranslations('basic-auth'))('title')}
    </ButtonLink>
  )
  const page = (to: number) => clientsHref({ ...query, page: to })
  return (
    <Page title={t('title')} {...clientTabs(t, 'clients', actor.role)} actions={moving}>
      <FlashMessage query={params} t={t} />
      {all.length === 0 ? (
        <EmptyState title={t('empty')} action={add}>
          {add ? t('emptyText') : t('emptyReader')}
        </EmptyState>
      ) : (
        <ClientsAnswer clients={all} action={add} t={t} />
      )}
      {environment.submission === null && <ListenerOffNote t={t} />}
      {all.length > 0 && (
        <div className="grid gap-3">
          <Filters query={query} matching={matching} locale={locale} t={t} />
          {rows.length > 0 ? (
            <ClientTable {...{ rows, counts, now, locale, t, submission }} />
          ) : (
            <EmptyState
              title={t('nothing')}
              action={<ButtonLink href={CLIENTS_PATH}>{t('filter.clearAll')}</ButtonLink>}
            />
          )}
          <Pagination
            label={t('paging.label')}
            newer={query.page > 1 ? page(query.page - 1) : null}
            older={inState.length > query.page * ROWS ? page(query.page + 1) : null}
            labels={{ newer: t('paging.previous'), older: t('paging.next') }}
          />
        </div>
      )}
    </Page>
  )
}

interface FiltersProps {
  query: ClientsQuery
  matching: readonly ListedClient[]
  locale: Locale
  t: Translator<'clients'>
}

function Filters({ query, matching, locale, t }: FiltersProps) {
  const countOf = (state: ClientState) => matching.filter((each) => each.state === state).length
  const states = CLIENT_STATES.filter((state) => !RARE.includes(state) || state === query.state || countOf(state) > 0)
  const shared = { path: CLIENTS_PATH, query: queryOf(query), apply: t('filter.apply') }
  const clearing = (without: Partial<ClientsQuery>) => ({
    href: clientsHref({ ...query, page: 1, ...without }),
    label: t('filter.clear'),
  })
  const choices = <T extends string>(values: readonly T[], label: (value: T) => string) => [
    { value: '', label: t('filter.any') },
    ...values.map((value) => ({ value, label: label(value) })),
  ]
  return (
    <>
      <Segments
        label={t('states')}
        items={[null, ...states].map((state) => ({
          href: clientsHref({ ...query, state, page: 1 }),
          label: t(state === null ? 'state.all' : `state.${state}`),
          count: formatNumber(state === null ? matching.length : countOf(state), locale),
          current: state === query.state,
        }))}
      />
      <Facets>
        <Facet
          {...shared}
          name="way"
          label={t('filter.way')}
          value={query.way && t(`way.${query.way}`)}
          clear={clearing({ way: null })}
        >
          <Select
            name="way"
            label={t('filter.way')}
            defaultValue={query.way ?? ''}
            options={choices(CLIENT_WAYS, (way) => t(`way.${way}`))}
          />
        </Facet>
        <Facet
          {...shared}
          name="kind"
          label={t('filter.kind')}
          value={query.kind && t(`kind.${query.kind}`)}
          clear={clearing({ kind: null })}
        >
          <Select
            name="kind"
            label={t('filter.kind')}
            defaultValue={query.kind ?? ''}
            options={choices(CLIENT_KINDS, (kind) => t(`kind.${kind}`))}
          />
        </Facet>
        <SearchBox {...shared} name="text" label={t('filter.text')} submit={t('filter.apply')} value={query.text} />
      </Facets>
    </>
  )
}
