'use client'

import { messagePath } from '@/app/paths'
import { StatusBadge } from '@/components/state-badge'
import { Table } from '@/components/table'
import { Foreign, Link } from '@/components/text'
import { TONE_OF } from './labels'
import type { ListedMessage, TableLabels } from './load-rows'

/**
 * Rendered in the browser from short rows. If it were rendered on the server, all its elements would be sent a second time for React. If it
 * `chooses`, each row has a checkbox for the form around the table.
 */
export function MessageTable(props: { rows: readonly ListedMessage[]; chooses: boolean; labels: TableLabels }) {
  const { rows, chooses, labels } = props
  const hasServers = rows.some(({ server }) => server !== undefined)
  return (
    <Table
      caption={labels.caption}
      rows={rows}
      rowKey={({ id }) => id}
      choice={
        chooses && {
          all: <input type="checkbox" aria-label={labels.chooseAll} className="noscript:hidden" />,
          one: ({ id, subject }) => (
            <input type="checkbox" name="id" value={id} aria-label={`${labels.choose}: ${subject}`} />
          ),
        }
      }
    >
      {(column) => [
        column(labels.subject, { share: hasServers ? 'xl:w-[27%]' : 'xl:w-[34%]' }, ({ id, subject, from }) => (
          <>
            <Link href={messagePath(id)} className="rack-name block">
              <Foreign className="block max-sm:truncate sm:min-w-[7rem]">{subject}</Foreign>
            </Link>
            {from && <Foreign className="block text-xs font-[400] text-soft max-sm:hidden">{from}</Foreign>}
          </>
        )),
        column(labels.to, { share: hasServers ? 'xl:w-[21%]' : 'xl:w-[28%]', brief: 'line' }, ({ recipient, more }) => (
          <>
            <Foreign className="sm:block sm:min-w-[7rem]">{recipient}</Foreign>
            {more && <span className="text-faint">{` ${more}`}</span>}
          </>
        )),
        hasServers &&
          column(
            labels.server,
            { share: 'xl:w-[17%]', wide: true },
            ({ server }) => server && <Foreign>{server}</Foreign>,
          ),
        column(labels.accepted, { share: 'xl:w-[11%]' }, ({ accepted: { iso, short, full } }) => (
          <time dateTime={iso} title={full} className="whitespace-nowrap tabular-nums">
            {short}
          </time>
        )),
        // After the time, so that the reason of a failure has the rest of its line on a narrow screen.
        column(labels.state, { share: hasServers ? 'xl:w-[16%]' : 'xl:w-[19%]' }, (row) => (
          <StateCell row={row} labels={labels} />
        )),
        column(labels.attempts, { share: 'xl:w-[8%]', align: 'end', wide: true }, ({ attemptCount }) => attemptCount),
      ]}
    </Table>
  )
}

function StateCell({ row, labels }: { row: ListedMessage; labels: TableLabels }) {
  return (
    <div className="grid justify-items-start gap-0.5">
      <StatusBadge tone={TONE_OF[row.state]}>
        {row.state === 'failed' && row.why ? (
          // On a phone the reason takes the place of the word.
          <>
            <span className="max-sm:sr-only">{labels.states.failed}</span>
            <span className="rack-why sm:hidden">{row.why}</span>
          </>
        ) : (
          labels.states[row.state]
        )}
      </StatusBadge>
      {row.why && <span className="text-xs text-soft max-sm:hidden">{row.why}</span>}
      {row.failover && <Foreign className="text-xs text-soft max-sm:hidden">{row.failover}</Foreign>}
      {row.next && <span className="text-xs text-faint max-sm:hidden">{row.next}</span>}
      {row.doubt && <span className="text-xs text-warn max-sm:hidden">{row.doubt}</span>}
    </div>
  )
}
