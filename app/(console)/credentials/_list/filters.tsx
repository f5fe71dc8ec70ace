import { CREDENTIALS_PATH } from '@/app/paths'
import { Facets, RadioFacet, SearchBox } from '@/components/facet'
import { Segments } from '@/components/segments'
import type { Translator } from '@/lib/i18n/translations'
import { EXPIRING_KINDS } from '@/lib/kernel/credential-kind'
import { type CredentialsQuery, listHref, NO_OWNER, SEGMENTS, type Selection } from './query'
import type { Row } from './rows'

interface Filters {
  query: CredentialsQuery
  counts: Selection['counts']
  /** All rows, before any filter: what the facets offer. */
  all: readonly Row[]
  t: Translator<'credentials'>
}

/** State as segments with counts, owner and kind as facets, and a search. */
export function ListFilters({ query, counts, all, t }: Filters) {
  const filter = { path: CREDENTIALS_PATH, query: { ...query } }
  const owners = [...new Set(all.flatMap(({ view }) => view.owners))].sort((a, b) => a.localeCompare(b))
  const kinds = EXPIRING_KINDS.filter((kind) => all.some(({ view }) => view.kind === kind))
  const facet = (name: 'owner' | 'kind') => ({
    ...{ ...filter, name, label: t(`filter.${name}`), chosen: query[name], apply: t('filter.apply') },
    clear: { href: listHref(query, { [name]: '' }), label: t('filter.clearOne') },
  })
  return (
    <Facets>
      <Segments
        label={t('table.state')}
        items={SEGMENTS.filter((segment) => segment === '' || segment === query.state || counts[segment] > 0).map(
          (segment) => ({
            href: listHref(query, { state: segment, month: '' }),
            label: t(`segment.${segment || 'all'}`),
            count: String(counts[segment]),
            current: segment === query.state,
          }),
        )}
      />
      {owners.length > 0 && (
        <RadioFacet
          {...facet('owner')}
          options={[
            ...owners.map((owner) => ({ value: owner, label: owner })),
            { value: NO_OWNER, label: t('table.noOwner') },
          ]}
        />
      )}
      {kinds.length > 1 && (
        <RadioFacet {...facet('kind')} options={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))} />
      )}
      <SearchBox {...filter} name="text" label={t('filter.text')} submit={t('filter.submit')} value={query.text} />
    </Facets>
  )
}
