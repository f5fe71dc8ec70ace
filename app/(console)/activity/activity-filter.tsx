import { ACTIVITY_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Facet, Facets, SearchBox, SelectFacet } from '@/components/facet'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { AUDIT_ACTIONS, AUDIT_RESULTS } from '@/lib/audit/entry'
import type { Translator } from '@/lib/i18n/translations'
import type { ActivityQuery } from './query'

/** @param props.badDays Texts that are no day; a date field cannot show them, so a note repeats them. */
export function ActivityFilter(props: { query: ActivityQuery; badDays: string[]; t: Translator<'activity'> }) {
  const { query, badDays, t } = props
  const day = (text: string): string => (badDays.includes(text) ? '' : text)
  const [from, until] = [day(query.from), day(query.until)]
  const isFiltered = Object.values(query).some((value) => value !== '')
  const shared = { path: ACTIVITY_PATH, query: { ...query }, apply: t('filter.apply'), clear: t('filter.clear') }
  const range = from && until ? t('filter.range', { from, until }) : from ? t('filter.since', { from }) : null
  return (
    <>
      <Facets>
        <SelectFacet
          {...shared}
          name="action"
          label={t('filter.action')}
          chosen={query.action}
          any={t('filter.every')}
          options={AUDIT_ACTIONS.map((value) => ({ value, label: t(`action.${value}`) }))}
        />
        <SelectFacet
          {...shared}
          name="result"
          label={t('filter.result')}
          chosen={query.result}
          any={t('filter.every')}
          options={AUDIT_RESULTS.map((value) => ({ value, label: t(`result.${value}`) }))}
        />
        <Facet {...shared} name="actor" label={t('filter.actor')} value={query.actor || null}>
          <TextInput name="actor" label={t('filter.actor')} hint={t('filter.actorHint')} defaultValue={query.actor} />
        </Facet>
        <Facet
          {...shared}
          name={['from', 'until']}
          label={t('filter.time')}
          value={range ?? (until ? t('filter.before', { until }) : null)}
        >
          <TextInput type="date" name="from" label={t('filter.from')} defaultValue={from} />
          <TextInput type="date" name="until" label={t('filter.until')} defaultValue={until} />
        </Facet>
        <SearchBox {...shared} name="text" label={t('filter.text')} submit={t('filter.submit')} value={query.text} />
        {isFiltered && (
          <ButtonLink kind="quiet" href={ACTIVITY_PATH}>
            {t('filter.clearAll')}
          </ButtonLink>
        )}
      </Facets>
      {badDays.length > 0 && (
        <Note kind="warning">{badDays.map((text) => t('filter.badDay', { text })).join(' ')}</Note>
      )}
    </>
  )
}
