'use client'

import { Fragment } from 'react'
import { Table } from '@/components/table'
import { Foreign, TextLink } from '@/components/text'
import type { ActivityLabels, ListedEvent } from './load-rows'

/** As the table of messages: rows come as their words and are drawn once. */
export function ActivityTable({ rows, labels }: { rows: readonly ListedEvent[]; labels: ActivityLabels }) {
  return (
    <Table caption={labels.caption} rows={rows} groupOf={({ day }) => day} rowKey={({ number }) => number} narrow="run">
      {(column) => [
        column(labels.when, { share: 'xl:w-[9%]' }, ({ iso, time }) => (
          <time dateTime={iso} className="tabular-nums">
            {time}
          </time>
        )),
        column(labels.who, { share: 'xl:w-[17%]' }, ({ who }) => <Foreign>{who}</Foreign>),
        column(labels.what, { share: 'xl:w-[43%]' }, (row) => <Event row={row} labels={labels} />),
        column(labels.result, { share: 'xl:w-[19%]' }, ({ result, fault }) => (
          <>
            <span className={RESULT_LOOK[result]}>{labels.results[result] ?? result}</span>
            {fault && (
              <span className="block text-xs">
                {fault.href === null ? fault.title : <TextLink href={fault.href}>{fault.title}</TextLink>}
              </span>
            )}
          </>
        )),
        column(labels.address, { brief: 'named', share: 'xl:w-[12%]' }, ({ address }) => (
          <Foreign>{address ?? labels.noAddress}</Foreign>
        )),
      ]}
    </Table>
  )
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-soft',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

/** What happened, opening to its values, and what it was done to: on the same line if both fit. */
function Event({ row, labels }: { row: ListedEvent; labels: ActivityLabels }) {
  const facts: (readonly [name: string, value: string])[] = [
    [labels.number, row.number],
    [labels.exactTime, row.iso],
    [labels.action, row.action],
    [labels.requestId, row.requestId],
    ...row.details,
  ]
  return (
    <div className="flex flex-wrap items-baseline max-sm:grid">
      <details className="open:w-full">
        <summary className="w-fit py-0.5 font-[550] wrap-break-word">{row.what}</summary>
        <dl className="event-facts">
          {facts.map(([name, value]) => (
            <Fragment key={`${name} ${value}`}>
              <dt>
                <bdi>{name}</bdi>
              </dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </Fragment>
          ))}
        </dl>
      </details>
      <span className="min-w-0 flex-[1_1_14rem] pl-4.5 text-soft">
        {row.href === null ? (
          <Foreign>{row.subject}</Foreign>
        ) : (
          <TextLink href={row.href} className="my-0 block min-h-6 w-fit max-w-full py-0">
            <Foreign>{row.subject}</Foreign>
          </TextLink>
        )}
      </span>
    </div>
  )
}
