import { ACTIVITY_PATH, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Facet, Facets, SearchBox } from '@/components/facet'
import { Select, TextInput } from '@/components/inputs'
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
  const facet = (...names: (keyof ActivityQuery)[]) => {
    const rest = Object.entries(query).filter(([name]) => !names.some((each) => each === name))
    const clear = { href: withQuery(ACTIVITY_PATH, Object.fromEntries(rest)), label: t('filter.clear') }
    return { path: ACTIVITY_PATH, query: { ...query }, name: names, apply: t('filter.apply'), clear }
  }
  const everything = { value: '', label: t('filter.every') }
  const range = from && until ? t('filter.range', { from, until }) : from ? t('filter.since', { from }) : null
  return (
    <>
      <Facets>
        <Facet
          {...facet('action')}
          label={t('filter.action')}
          value={query.action ? t.lookUp(`action.${query.action}`) : null}
        >
          <Select
            name="action"
            label={t('filter.action')}
            defaultValue={query.action}
            options={[everything, ...AUDIT_ACTIONS.map((value) => ({ value, label: t(`action.${value}`) }))]}
          />
        </Facet>
        <Facet
          {...facet('result')}
          label={t('filter.result')}
          value={query.result ? t.lookUp(`result.${query.result}`) : null}
        >
          <Select
            name="result"
            label={t('filter.result')}
            defaultValue={query.result}
            options={[everything, ...AUDIT_RESULTS.map((value) => ({ value, label: t(`result.${value}`) }))]}
          />
        </Facet>
        <Facet {...facet('actor')} label={t('filter.actor')} value={query.actor || null}>
          <TextInput name="actor" label={t('filter.actor')} hint={t('filter.actorHint')} defaultValue={query.actor} />
        </Facet>
        <Facet
          {...facet('from', 'until')}
          label={t('filter.time')}
          value={range ?? (until ? t('filter.before', { until }) : null)}
        >
          <TextInput type="date" name="from" label={t('filter.from')} defaultValue={from} />
          <TextInput type="date" name="until" label={t('filter.until')} defaultValue={until} />
        </Facet>
        <SearchBox
          path={ACTIVITY_PATH}
          query={{ ...query }}
          name="text"
          label={t('filter.text')}
          submit={t('filter.submit')}
          value={query.text}
        />
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
