import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { words } from '@/app/_server/words'
import { wiring } from '@/lib/wiring'
import { ActivityFilter } from './activity-filter'
import { ActivityTable } from './activity-table'
import { activityHref, readActivityRequest } from './query'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await words('activity'))('title') }
}

export default async function ActivityPage({ searchParams }: PageProps<'/activity'>) {
  const { locale } = await requireCaller('activity:read')
  const t = await words('activity')
  const { audit, clock } = wiring()
  const { query, filter, cursor, badDays } = readActivityRequest(await searchParams)
  const { rows, hasNewer, hasOlder } = await audit.read(filter, cursor)
  const [first, last] = [rows.at(0), rows.at(-1)]
  return (
    <>
      <h1 className="text-2xl font-semibold">{t('title')}</h1>
      <p className="mt-2 max-w-prose text-soft">{t('intro')}</p>
      <ActivityFilter query={query} badDays={badDays} t={t} />
      {rows.length === 0 ? (
        <p className="mt-8 text-soft">{t('empty')}</p>
      ) : (
        <ActivityTable rows={rows} locale={locale} now={clock.now()} t={t} />
      )}
      <nav aria-label={t('paging.label')} className="mt-6 flex flex-wrap gap-3">
        {cursor.kind !== 'newest' && (
          <a className="button button-secondary" href={activityHref(query, { kind: 'newest' })}>
            {t('paging.newest')}
          </a>
        )}
        {hasNewer && first && (
          <a
            className="button button-secondary"
            rel="prev"
            href={activityHref(query, { kind: 'after', sequence: first.sequence })}
          >
            {t('paging.newer')}
          </a>
        )}
        {hasOlder && last && (
          <a
            className="button button-secondary"
            rel="next"
            href={activityHref(query, { kind: 'before', sequence: last.sequence })}
          >
            {t('paging.older')}
          </a>
        )}
      </nav>
    </>
  )
}
