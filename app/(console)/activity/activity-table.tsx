'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { Foreign } from '@/components/foreign'
import { type Column, Table } from '@/components/table'
import { Time } from '@/components/time'
import type { ActivityLabels, ListedEvent } from './load-rows'

const NAME_WIDTH = 'block sm:min-w-[4.5rem] md:min-w-[6.5rem]'

/** As the table of messages: rows come as their words and are drawn once. */
export function ActivityTable({ rows, labels }: { rows: readonly ListedEvent[]; labels: ActivityLabels }) {
  const columns: Column<ListedEvent>[] = [
    {
      key: 'when',
      label: labels.when,
      share: 'xl:w-[15%]',
      cell: ({ when }) => (
        <Sentence>
          <Time {...when} />
        </Sentence>
      ),
    },
    {
      key: 'who',
      label: labels.who,
      share: 'xl:w-[15%]',
      cell: ({ who }) => <Foreign minWidth={NAME_WIDTH}>{who}</Foreign>,
    },
    {
      key: 'what',
      label: labels.what,
      share: 'xl:w-[17%]',
      cell: ({ what, code }) => (
        <Sentence>
          {what}
          {code !== null && <code className="block font-mono text-xs wrap-anywhere text-soft">{code}</code>}
        </Sentence>
      ),
    },
    {
      key: 'subject',
      label: labels.subject,
      share: 'xl:w-[15%]',
      cell: ({ subject, href }) =>
        href === null ? (
          <Foreign minWidth={NAME_WIDTH}>{subject}</Foreign>
        ) : (
          <Link href={href} prefetch={false} className="prose-link">
            <Foreign minWidth={NAME_WIDTH}>{subject}</Foreign>
          </Link>
        ),
    },
    {
      key: 'result',
      label: labels.result,
      share: 'xl:w-[12%]',
      cell: ({ result }) => (
        <span className={`whitespace-nowrap ${RESULT_LOOK[result] ?? ''}`}>{labels.results[result] ?? result}</span>
      ),
    },
    {
      key: 'address',
      label: labels.address,
      share: 'xl:w-[11%]',
      cell: ({ address }) => <Foreign minWidth="block sm:min-w-[4rem]">{address ?? labels.noAddress}</Foreign>,
    },
    { key: 'more', label: labels.more, share: 'xl:w-[15%]', cell: (row) => <RowDetails row={row} labels={labels} /> },
  ]
  return <Table caption={labels.caption} columns={columns} rows={rows} rowKey={({ number }) => number} />
}

/** Our own texts: the column is never narrower than their longest word. */
function Sentence({ children }: { children: ReactNode }) {
  return <div className="wrap-break-word">{children}</div>
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-good',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

function RowDetails({ row, labels }: { row: ListedEvent; labels: ActivityLabels }) {
  const facts: (readonly [name: string, value: string])[] = [
    [labels.number, row.number],
    [labels.exactTime, row.when.iso],
    [labels.action, row.action],
    [labels.requestId, row.requestId],
    ...row.details,
  ]
  return (
    <details>
      <summary className="whitespace-nowrap text-accent">
        {labels.more}
        <span className="sr-only">{` ${row.number}`}</span>
      </summary>
      <dl className="mt-1 grid gap-1 text-xs wrap-anywhere">
        {facts.map(([name, value]) => (
          <div key={`${name} ${value}`}>
            <dt className="text-faint">
              <bdi>{name}</bdi>
            </dt>
            <dd className="font-mono">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
