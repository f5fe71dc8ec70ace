import type { ReactNode } from 'react'
import { AUDIT_ACTIONS, AUDIT_RESULTS } from '@/lib/audit/entry'
import type { Words } from '@/lib/kernel/words'
import type { ActivityQuery } from './query'

/** A plain GET form: the filter stands in the address, so it can be kept, shared and gone back to, with or without scripts. */
export function ActivityFilter({ query, badDays, t }: { query: ActivityQuery; badDays: string[]; t: Words }) {
  return (
    <search className="mt-6 block rounded-lg border border-line bg-surface p-4">
      <form action="/activity" aria-label={t('filter.legend')}>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <Labelled name="action" label={t('filter.action')}>
            <select className="control" id="filter-action" name="action" defaultValue={query.action}>
              <option value="">{t('filter.everyAction')}</option>
              {AUDIT_ACTIONS.map((action) => (
                <option key={action} value={action}>
                  {t(`action.${action}`)}
                </option>
              ))}
            </select>
          </Labelled>
          <Labelled name="result" label={t('filter.result')}>
            <select className="control" id="filter-result" name="result" defaultValue={query.result}>
              <option value="">{t('filter.everyResult')}</option>
              {AUDIT_RESULTS.map((result) => (
                <option key={result} value={result}>
                  {t(`result.${result}`)}
                </option>
              ))}
            </select>
          </Labelled>
          <TextField name="actor" label={t('filter.actor')} hint={t('filter.actorHint')} value={query.actor} />
          <TextField
            name="text"
            label={t('filter.text')}
            hint={t('filter.textHint')}
            value={query.text}
            type="search"
          />
          <TextField name="from" label={t('filter.from')} value={query.from} type="date" />
          <TextField name="until" label={t('filter.until')} value={query.until} type="date" />
        </div>
        {badDays.map((text) => (
          <p key={text} role="alert" className="mt-3 text-bad">
            {t('filter.badDay', { text })}
          </p>
        ))}
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <button type="submit" className="button button-primary">
            {t('filter.apply')}
          </button>
          {Object.values(query).some((value) => value !== '') && (
            <a className="button button-quiet" href="/activity">
              {t('filter.clear')}
            </a>
          )}
        </div>
      </form>
    </search>
  )
}

function TextField(field: {
  name: keyof ActivityQuery
  label: string
  value: string
  hint?: string
  type?: 'text' | 'search' | 'date'
}) {
  const { name, label, value, hint, type = 'text' } = field
  return (
    <Labelled name={name} label={label} hint={hint}>
      <input
        className="control"
        id={`filter-${name}`}
        name={name}
        type={type}
        defaultValue={value}
        autoComplete="off"
        aria-describedby={hint && `filter-${name}-hint`}
      />
    </Labelled>
  )
}

function Labelled(props: { name: keyof ActivityQuery; label: string; hint?: string | undefined; children: ReactNode }) {
  const { name, label, hint, children } = props
  return (
    <div>
      <label htmlFor={`filter-${name}`} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <p id={`filter-${name}-hint`} className="mt-1 text-xs text-faint">
          {hint}
        </p>
      )}
    </div>
  )
}
