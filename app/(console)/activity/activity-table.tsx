'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { Foreign } from '@/components/foreign'
import { type Column, Table } from '@/components/table'
import { Time } from '@/components/time'
import type { ActivityWords, ListedEvent } from './listed'

const NAME_ROOM = 'block sm:min-w-[4.5rem] md:min-w-[6.5rem]'

/** As the table of messages: rows come as their words and are drawn once. */
export function ActivityTable({ rows, words }: { rows: readonly ListedEvent[]; words: ActivityWords }) {
  const columns: Column<ListedEvent>[] = [
    {
      key: 'when',
      label: words.when,
      share: 'xl:w-[15%]',
      cell: ({ when }) => (
        <Sentence>
          <Time {...when} />
        </Sentence>
      ),
    },
    {
      key: 'who',
      label: words.who,
      share: 'xl:w-[15%]',
      cell: ({ who }) => <Foreign room={NAME_ROOM}>{who}</Foreign>,
    },
    {
      key: 'what',
      label: words.what,
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
      label: words.subject,
      share: 'xl:w-[15%]',
      cell: ({ subject, href }) =>
        href === null ? (
          <Foreign room={NAME_ROOM}>{subject}</Foreign>
        ) : (
          <Link href={href} prefetch={false} className="prose-link">
            <Foreign room={NAME_ROOM}>{subject}</Foreign>
          </Link>
        ),
    },
    {
      key: 'result',
      label: words.result,
      share: 'xl:w-[12%]',
      cell: ({ result }) => (
        <span className={`whitespace-nowrap ${RESULT_LOOK[result] ?? ''}`}>{words.results[result] ?? result}</span>
      ),
    },
    {
      key: 'address',
      label: words.address,
      share: 'xl:w-[11%]',
      cell: ({ address }) => <Foreign room="block sm:min-w-[4rem]">{address ?? words.noAddress}</Foreign>,
    },
    { key: 'more', label: words.more, share: 'xl:w-[15%]', cell: (row) => <RowDetails row={row} words={words} /> },
  ]
  return <Table caption={words.caption} columns={columns} rows={rows} rowKey={({ number }) => number} />
}

/** Our own words: the column is never narrower than the longest of them. */
function Sentence({ children }: { children: ReactNode }) {
  return <div className="wrap-break-word">{children}</div>
}

const RESULT_LOOK: Record<string, string> = {
  done: 'text-good',
  refused: 'font-[550] text-warn',
  failed: 'font-[550] text-bad',
}

function RowDetails({ row, words }: { row: ListedEvent; words: ActivityWords }) {
  const facts: (readonly [name: string, value: string])[] = [
    [words.number, row.number],
    [words.exactTime, row.when.iso],
    [words.action, row.action],
    [words.requestId, row.requestId],
    ...row.details,
  ]
  return (
    <details>
      <summary className="whitespace-nowrap text-accent">
        {words.more}
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
