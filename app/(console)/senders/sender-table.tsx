import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { evidencePath, senderPath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { SenderState } from '@/lib/mail-server/senders/state'
import type { SenderView } from '@/lib/mail-server/senders/view'
import type { SenderObservation } from '@/lib/policy/sender'

const TONE: Record<SenderState, 'good' | 'bad' | 'accent' | 'warn'> = {
  verified: 'good',
  refused: 'bad',
  unverified: 'accent',
  void: 'warn',
}

/** The state of a sender. */
export function SenderStateBadge({ state, t }: { state: SenderState; t: Translator<'senders'> }) {
  return <StatusBadge tone={TONE[state]}>{t(`state.${state}`)}</StatusBadge>
}

type SenderResultSummary = Pick<SenderObservation, 'at' | 'how' | 'revision' | 'evidenceId'>

/** The row of the mail server's own sender, which is verified in another way. */
export interface OwnRow {
  address: string
  href: string
  badge: ReactNode
  result: SenderResultSummary | null
}

type Row = { kind: 'own'; own: OwnRow } | { kind: 'other'; sender: SenderView }

export function SenderTable(props: {
  caption: string
  own?: OwnRow
  senders: readonly SenderView[]
  server: string
  now: Date
  locale: Locale
  t: Translator<'senders'>
}) {
  const { caption, own, senders, server, now, locale, t } = props
  const rows: Row[] = [
    ...(own ? [{ kind: 'own' as const, own }] : []),
    ...senders.map((sender) => ({ kind: 'other' as const, sender })),
  ]
  const columns: Column<Row>[] = [
    {
      key: 'address',
      label: t('table.address'),
      cell: (row) =>
        row.kind === 'own' ? (
          <Named address={row.own.address} href={row.own.href} about={[t('fixed.own')]} />
        ) : (
          <Named
            address={row.sender.address}
            href={senderPath({ server, address: row.sender.address })}
            about={row.sender.rules.map((rule) => t('table.rule', rule))}
          />
        ),
    },
    {
      key: 'state',
      label: t('table.state'),
      cell: (row) => (row.kind === 'own' ? row.own.badge : <SenderStateBadge state={row.sender.state} t={t} />),
    },
    {
      key: 'proof',
      label: t('table.proof'),
      cell: (row) => {
        const { result } = row.kind === 'own' ? row.own : row.sender
        return <LatestResult result={result && { ...result, href: evidencePath(result) }} {...{ now, locale, t }} />
      },
    },
    {
      key: 'way',
      label: t('table.way'),
      cell: (row) => (row.kind === 'own' ? t('fixed.ownWay') : t(`way.${row.sender.way}`)),
    },
  ]
  const keyOf = (row: Row) => (row.kind === 'own' ? row.own.address : row.sender.address)
  return <Table caption={caption} columns={columns} rows={rows} rowKey={keyOf} />
}

function Named({ address, href, about }: { address: string; href: string; about: readonly string[] }) {
  return (
    <div className="grid justify-items-start gap-0.5 sm:min-w-[9rem]">
      <Link href={href as Route} prefetch={false} className="prose-link">
        <Foreign>{address}</Foreign>
      </Link>
      {about.map((text) => (
        <span key={text} className="text-xs font-[400] text-soft">
          <bdi>{text}</bdi>
        </span>
      ))}
    </div>
  )
}

function LatestResult(props: {
  result: (SenderResultSummary & { href: Route }) | null
  now: Date
  locale: Locale
  t: Translator<'senders'>
}) {
  const { result, now, locale, t } = props
  if (!result) return <span className="text-faint">{t('table.none')}</span>
  return (
    <div className="grid justify-items-start gap-0.5">
      <Timestamp at={result.at} now={now} locale={locale} />
      <span className="text-xs text-soft">
        <Link href={result.href} prefetch={false} className="prose-link">
          {t(`word.${result.how}`)}
        </Link>
        {', '}
        {t('word.revision', { number: result.revision })}
      </span>
    </div>
  )
}
