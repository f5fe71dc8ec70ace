import { ACTIVITY_PATH } from '@/app/paths'
import { FilterForm } from '@/components/filter-form'
import { AUDIT_ACTIONS, AUDIT_RESULTS } from '@/lib/audit/entry'
import type { Translator } from '@/lib/i18n/translations'
import type { ActivityQuery } from './query'

/** @param props.badDays Texts that are no day; a date field cannot show them, so a note repeats them. */
export function ActivityFilter({
  query,
  badDays,
  t,
}: {
  query: ActivityQuery
  badDays: string[]
  t: Translator<'activity'>
}) {
  const isFiltered = Object.values(query).some((value) => value !== '')
  const day = (text: string): string => (badDays.includes(text) ? '' : text)
  return (
    <FilterForm
      path={ACTIVITY_PATH}
      label={t('filter.legend')}
      layout="grid"
      className="mb-6"
      fields={[
        {
          kind: 'select',
          name: 'action',
          label: t('filter.action'),
          value: query.action,
          options: [
            { value: '', label: t('filter.everyAction') },
            ...AUDIT_ACTIONS.map((action) => ({ value: action, label: t(`action.${action}`) })),
          ],
        },
        {
          kind: 'select',
          name: 'result',
          label: t('filter.result'),
          value: query.result,
          options: [
            { value: '', label: t('filter.everyResult') },
            ...AUDIT_RESULTS.map((result) => ({ value: result, label: t(`result.${result}`) })),
          ],
        },
        { kind: 'text', name: 'actor', label: t('filter.actor'), hint: t('filter.actorHint'), value: query.actor },
        { kind: 'date', name: 'from', label: t('filter.from'), value: day(query.from) },
        { kind: 'date', name: 'until', label: t('filter.until'), value: day(query.until) },
        { kind: 'search', name: 'text', label: t('filter.text'), hint: t('filter.textHint'), value: query.text },
      ]}
      submit={t('filter.apply')}
      clear={isFiltered ? { label: t('filter.clear'), href: ACTIVITY_PATH } : null}
      warnings={badDays.length > 0 ? [badDays.map((text) => t('filter.badDay', { text })).join(' ')] : []}
    />
  )
}
