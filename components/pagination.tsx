import type { Route } from 'next'
import Link from 'next/link'
import { Icon } from './icon'

/**
 * Newer and older pages of a list, newest first; null where there is none.
 *
 * @param props.t Of the catalogue of the list, or of a branch of it.
 */
export function Pagination(props: {
  t: (key: 'paging.label' | 'paging.newer' | 'paging.older') => string
  newer: string | null
  older: string | null
}) {
  const { t, newer, older } = props
  if (newer === null && older === null) return null
  return (
    <nav aria-label={t('paging.label')} className="mt-4 flex justify-between gap-2">
      {newer === null ? (
        <span />
      ) : (
        <Link href={newer as Route} rel="prev" className="button button-quiet">
          <Icon name="back" className="size-4" />
          {t('paging.newer')}
        </Link>
      )}
      {older !== null && (
        <Link href={older as Route} rel="next" className="button button-quiet">
          {t('paging.older')}
          <Icon name="chevron" className="size-4" />
        </Link>
      )}
    </nav>
  )
}
