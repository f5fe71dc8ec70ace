import { pageOf } from '@/app/paging'
import { CREDENTIALS_PATH } from '@/app/paths'
import { EmptyState } from '@/components/answer'
import { choicesOf, Facets, Pagination, RadioFacet, SearchBox, Segments, SelectFacet } from '@/components/list-controls'
import { Part } from '@/components/panel'
import { TextLink } from '@/components/text'
import { compareNames, EXPIRING_KINDS } from '@/lib/kernel'
import { dependents } from '../_view/dependents'
import { DateTable, LifetimeTable } from './credential-table'
import { Horizon } from './horizon'
import {
  type CredentialsQuery,
  FEW_ROWS,
  isNarrowed,
  listHref,
  NO_OWNER,
  SEGMENTS,
  type Selection,
  selectRows,
} from './query'
import type { Expiring, ListContext, Row } from './rows'

interface ListProps extends ListContext {
  expiring: Expiring
  all: readonly Row[]
  query: CredentialsQuery
  page: number
}

/** Several credentials: a few with their lifetimes, many by month and in pages, with filters that the horizon follows too. */
export async function CredentialList({ expiring, all, query, page: number, ...shared }: ListProps) {
  const { t } = shared
  const list = selectRows(expiring, query)
  const page = pageOf(list.rows, number, (to) => listHref(query, {}, to))
  const isFew = all.length <= FEW_ROWS
  const Rows = isFew && query.state !== 'previous' ? LifetimeTable : DateTable
  return (
    <>
      {!isFew && list.ahead.length > 0 && <Horizon rows={list.ahead} query={query} {...shared} />}
      <Part
        id="list"
        title={t('list', { count: list.rows.length })}
        aside={
          all.length > 1 && (
            <TextLink href={listHref(query, { sort: query.sort ? '' : 'server' })} className="no-print">
              {t(query.sort ? 'sort.urgent' : 'sort.server')}
            </TextLink>
          )
        }
      >
        {(all.length > 1 || list.counts.previous > 0 || isNarrowed(query)) && (
          <div className="mb-3">
            <ListFilters query={query} counts={list.counts} results={list.rows.length} all={all} t={t} />
          </div>
        )}
        {page.rows.length > 0 ? (
          <Rows rows={page.rows} query={query} dependents={await dependents()} {...shared} />
        ) : (
          <EmptyState title={t('filter.nothing')} link={[CREDENTIALS_PATH, t('filter.clearAll')]} />
        )}
        <Pagination t={t} newer={page.before} older={page.after} />
      </Part>
    </>
  )
}

interface FiltersProps extends Pick<ListProps, 'query' | 'all' | 't'>, Pick<Selection, 'counts'> {
  results: number
}

function ListFilters({ query, counts, results, all, t }: FiltersProps) {
  const filter = { path: CREDENTIALS_PATH, query: { ...query }, t }
  const owners = [...new Set(all.flatMap(({ view }) => view.owners))].sort(compareNames)
  const kinds = EXPIRING_KINDS.filter((kind) => all.some(({ view }) => view.kind === kind))
  return (
    <Facets results={t.number(results)}>
      <Segments
        label={t('table.state')}
        items={SEGMENTS.filter((segment) => segment === '' || segment === query.state || counts[segment] > 0).map(
          (segment) => ({
            href: listHref(query, { state: segment, month: '' }),
            label: t(`segment.${segment || 'all'}`),
            count: t.number(counts[segment]),
            current: segment === query.state,
          }),
        )}
      />
      {owners.length > 0 && (
        <SelectFacet
          {...filter}
          name="owner"
          options={[{ value: NO_OWNER, label: t('filter.noOwner') }, ...choicesOf(owners, (owner) => owner)]}
        />
      )}
      {kinds.length > 1 && (
        <RadioFacet {...filter} name="kind" options={choicesOf(kinds, (kind) => t(`kind.${kind}`))} />
      )}
      <SearchBox {...filter} label={t('filter.text')} value={query.text} />
    </Facets>
  )
}
