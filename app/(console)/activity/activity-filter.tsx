import { ACTIVITY_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { Select, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { AUDIT_ACTIONS, AUDIT_RESULTS } from '@/lib/audit/entry'
import type { Translator } from '@/lib/i18n/translations'
import type { ActivityQuery } from './query'

/** A plain GET form: the filter stands in the address, so it can be kept, shared and gone back to, with or without scripts. */
export function ActivityFilter({ query, badDays, t }: { query: ActivityQuery; badDays: string[]; t: Translator }) {
  const filtered = Object.values(query).some((value) => value !== '')
  // What is no day cannot stand in the field; the note below repeats it.
  const day = (text: string): string => (badDays.includes(text) ? '' : text)
  return (
    <search className="mb-6 block">
      <form action={ACTIVITY_PATH} aria-label={t('filter.legend')}>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <Select
            name="action"
            label={t('filter.action')}
            defaultValue={query.action}
            options={[
              { value: '', label: t('filter.everyAction') },
              ...AUDIT_ACTIONS.map((action) => ({ value: action, label: t(`action.${action}`) })),
            ]}
          />
          <Select
            name="result"
            label={t('filter.result')}
            defaultValue={query.result}
            options={[
              { value: '', label: t('filter.everyResult') },
              ...AUDIT_RESULTS.map((result) => ({ value: result, label: t(`result.${result}`) })),
            ]}
          />
          <TextInput name="actor" label={t('filter.actor')} hint={t('filter.actorHint')} defaultValue={query.actor} />
          <TextInput name="from" label={t('filter.from')} type="date" defaultValue={day(query.from)} />
          <TextInput name="until" label={t('filter.until')} type="date" defaultValue={day(query.until)} />
          <TextInput
            name="text"
            label={t('filter.text')}
            hint={t('filter.textHint')}
            type="search"
            defaultValue={query.text}
          />
        </div>
        {badDays.length > 0 && (
          <Note kind="warning" className="mt-4">
            {badDays.map((text) => t('filter.badDay', { text })).join(' ')}
          </Note>
        )}
        <div className="mt-4 flex flex-wrap items-center gap-2">
          <Button>{t('filter.apply')}</Button>
          {filtered && (
            <ButtonLink kind="quiet" href={ACTIVITY_PATH}>
              {t('filter.clear')}
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  )
}
