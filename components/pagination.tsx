import type { Route } from 'next'
import Link from 'next/link'
import { Icon } from './icon'

/** Newer and older pages of a list, newest first; null where there is none. */
export function Pagination(props: {
  label: string
  newer: string | null
  older: string | null
  labels: { newer: string; older: string }
}) {
  if (props.newer === null && props.older === null) return null
  return (
    <nav aria-label={props.label} className="mt-4 flex justify-between gap-2">
      {props.newer === null ? (
        <span />
      ) : (
        <Link href={props.newer as Route} rel="prev" className="button button-quiet">
          <Icon name="back" className="size-4" />
          {props.labels.newer}
        </Link>
      )}
      {props.older !== null && (
        <Link href={props.older as Route} rel="next" className="button button-quiet">
          {props.labels.older}
          <Icon name="chevron" className="size-4" />
        </Link>
      )}
    </nav>
  )
}
