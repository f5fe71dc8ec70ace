'use client'

import Link from 'next/link'
import { messagePath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Time } from '@/components/time'
import type { ListedMessage, TableLabels } from './load-rows'
import { TONE_OF } from './message-state'

const TEXT_WIDTH = 'block sm:min-w-[7rem]'
/** On a narrow screen a message has one line, so a long subject is cut. */
const SUBJECT_WIDTH = `${TEXT_WIDTH} max-sm:truncate`

/**
 * Rendered in the browser from short rows. If it were rendered on the server, all its elements would be sent a second time for React.
 *
 * @param props.form id of the form that the checkboxes belong to; null for a table without checkboxes
 */
export function MessageTable({
  rows,
  form,
  labels,
}: {
  rows: readonly ListedMessage[]
  form: string | null
  labels: TableLabels
}) {
  const columns: Column<ListedMessage>[] = [
    {
      key: 'subject',
      label: labels.subject,
      cell: ({ id, subject }) => (
        <div className="flex items-baseline gap-2.5">
          {form && (
            <input
              type="checkbox"
              name="id"
              value={id}
              form={form}
              aria-label={`${labels.choose}: ${subject}`}
              className="size-4 shrink-0 translate-y-0.5"
            />
          )}
          <Link href={messagePath(id)} prefetch={false} className="prose-link min-w-0">
            <Foreign minWidth={SUBJECT_WIDTH}>{subject}</Foreign>
          </Link>
        </div>
      ),
    },
    {
      key: 'to',
      label: labels.to,
      wide: true,
      cell: ({ recipient, more }) => (
        <>
          <Foreign minWidth={TEXT_WIDTH}>{recipient}</Foreign>
          {more && <span className="text-faint">{` ${more}`}</span>}
        </>
      ),
    },
    { key: 'state', label: labels.state, cell: (row) => <StateCell row={row} labels={labels} /> },
    { key: 'accepted', label: labels.accepted, wide: true, cell: ({ accepted }) => <Time {...accepted} /> },
    { key: 'tries', label: labels.tries, align: 'end', wide: true, cell: ({ attemptCount }) => attemptCount },
  ]
  return <Table caption={labels.caption} columns={columns} rows={rows} rowKey={({ id }) => id} lines />
}

function StateCell({ row, labels }: { row: ListedMessage; labels: TableLabels }) {
  return (
    <div className="grid justify-items-start gap-1">
      <StatusBadge tone={TONE_OF[row.state]}>{labels.states[row.state]}</StatusBadge>
      {row.why && <span className="text-xs text-soft max-sm:hidden">{row.why}</span>}
      {row.next && <span className="text-xs text-faint max-sm:hidden">{row.next}</span>}
      {row.mayBeDuplicate && (
        <span className="max-sm:hidden">
          <StatusBadge tone="warn">{labels.mayBeDuplicate}</StatusBadge>
        </span>
      )}
    </div>
  )
}
