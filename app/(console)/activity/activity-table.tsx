'use client'

import { type Column, Table } from '@/components/table'
import { Foreign, TextLink } from '@/components/text'
import type { ActivityLabels, ListedEvent } from './load-rows'

/** As the table of messages: rows come as their words and are drawn once. */
export function ActivityTable({ rows, labels }: { rows: readonly ListedEvent[]; labels: ActivityLabels }) {
  const columns: Column<ListedEvent>[] = [
    {
      label: labels.when,
      share: 'xl:w-[10%]',
      cell: ({ iso, time }) => (
        <time dateTime={iso} className="tabular-nums">
          {time}
        </time>
      ),
    },
    { label: labels.who, share: 'xl:w-[21%]', cell: ({ who }) => <Foreign>{who}</Foreign> },
    { label: labels.what, share: 'xl:w-[34%]', cell: (row) => <Event row={row} labels={labels} /> },
    {
      label: labels.result,
      share: 'xl:w-[20%]',
      cell: ({ result, code }) => (
        <>
          <span className={RESULT_LOOK[result]}>{labels.results[result] ?? result}</span>
          {code !== null && <code className="block font-mono text-xs wrap-anywhere text-soft">{code}</code>}
        </>
      ),
    },
    {
      label: labels.address,
      brief: 'named',
      share: 'xl:w-[15%]',
      cell: ({ address }) => <Foreign>{address ?? labels.noAddress}</Foreign>,
    },
  ]
  const groupOf = ({ day }: ListedEvent) => day
  return (
    <Table
      boxed
      narrow="run"
      caption={labels.caption}
      {...{ columns, rows, groupOf }}
      rowKey={({ number }) => number}
    />
  )
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-soft',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

/** What happened, opening to its values, and below it what it was done to. */
function Event({ row, labels }: { row: ListedEvent; labels: ActivityLabels }) {
  const facts: (readonly [name: string, value: string])[] = [
    [labels.number, row.number],
    [labels.exactTime, row.iso],
    [labels.action, row.action],
    [labels.requestId, row.requestId],
    ...row.details,
  ]
  return (
    <>
      <details>
        <summary className="w-fit py-0.5 font-[550] wrap-break-word marker:text-faint">{row.what}</summary>
        <dl className="my-2 grid gap-x-4 gap-y-1 text-xs wrap-anywhere sm:grid-cols-[minmax(0,auto)_minmax(0,1fr)]">
          {facts.map(([name, value]) => (
            <div key={`${name} ${value}`} className="contents">
              <dt className="text-faint max-sm:mt-1">
                <bdi>{name}</bdi>
              </dt>
              <dd className="font-mono">
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </details>
      <span className="block pl-4 text-soft">
        {row.href === null ? (
          <Foreign>{row.subject}</Foreign>
        ) : (
          <TextLink href={row.href} className="my-0 inline-block min-h-6 max-w-full py-0">
            <Foreign>{row.subject}</Foreign>
          </TextLink>
        )}
      </span>
    </>
  )
}
