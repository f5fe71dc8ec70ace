import Link from 'next/link'
import { helpPath } from '@/app/paths'
import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { Stage } from '@/lib/kernel/stage'
import type { AttemptOutcome } from '@/lib/outbox/message'
import type { StoredAttempt } from '@/lib/outbox/store/messages'
import { reasonText } from './labels'

type ShownOutcome = AttemptOutcome | 'declined'

const TONE: Record<ShownOutcome, 'good' | 'warn' | 'bad' | 'neutral'> = {
  accepted: 'good',
  declined: 'neutral',
  refused: 'bad',
  failed: 'bad',
  unknown: 'warn',
}

interface AttemptTableProps {
  attempts: readonly StoredAttempt[]
  /** Number of recipients of the message. */
  recipients: number
  /** Names of the mail servers by id; empty if there is only one. */
  servers: ReadonlyMap<string, string>
  now: Date
  locale: Locale
  t: Translator<'messages'>
  diagnosis: Translator<'diagnosis'>
  stageLabel: (stage: Stage) => string
}

/** Every attempt: when it was, from which sender, at which stage it ended, and with which diagnosis code. */
export function AttemptTable(props: AttemptTableProps) {
  return (
    <Table
      caption={props.t('detail.attemptsCaption')}
      columns={columnsOf(props)}
      rows={props.attempts}
      rowKey={({ at, decision, addresses }) => `${at.toISOString()} ${JSON.stringify(decision)} ${addresses.join()}`}
    />
  )
}

function columnsOf(props: AttemptTableProps): Column<StoredAttempt>[] {
  const { recipients: all, servers, now, locale, t, diagnosis, stageLabel } = props
  return [
    {
      key: 'at',
      label: t('detail.at'),
      cell: ({ at }) => <Timestamp at={at} now={now} locale={locale} show="seconds" />,
    },
    {
      key: 'outcome',
      label: t('detail.outcome'),
      cell: ({ outcome, stage, code }) => (
        <div className="grid justify-items-start gap-1">
          <OutcomeBadge outcome={code === 'declined-by-rule' ? 'declined' : outcome} t={t} />
          {stage && outcome !== 'accepted' && (
            <span className="text-xs text-soft">{t('detail.atStep', { step: stageLabel(stage) })}</span>
          )}
        </div>
      ),
    },
    {
      key: 'code',
      label: t('detail.code'),
      cell: ({ code }) =>
        code !== null && isDiagnosisCode(code) ? (
          <Link href={helpPath(code)} prefetch={false} className="prose-link font-mono text-xs">
            {code}
          </Link>
        ) : (
          '–'
        ),
    },
    ...(all > 1
      ? [
          {
            key: 'for',
            label: t('detail.for'),
            cell: ({ recipients, addresses }: StoredAttempt) => <AttemptedFor {...{ recipients, addresses, all, t }} />,
          },
        ]
      : []),
    {
      key: 'as',
      label: t('detail.as'),
      cell: ({ decision, mailServerId }) => (
        <SentAs decision={decision} by={servers.get(mailServerId) ?? null} t={t} diagnosis={diagnosis} />
      ),
    },
    {
      key: 'reply',
      label: t('detail.reply'),
      cell: ({ reply }) => (reply ? <span className="font-mono text-xs wrap-anywhere">{reply}</span> : '–'),
    },
    {
      key: 'took',
      label: t('detail.took'),
      align: 'end',
      cell: ({ durationMs }) => <span className="whitespace-nowrap">{t('detail.ms', { ms: durationMs })}</span>,
    },
  ]
}

const NAMED_MAX = 3

/** How many of the message's recipients an attempt was for, and the addresses of the first few. */
function AttemptedFor(
  props: Pick<StoredAttempt, 'recipients' | 'addresses'> & { all: number; t: Translator<'messages'> },
) {
  const { recipients, addresses, all, t } = props
  if (recipients === 0) return '–'
  const named = addresses.length < all ? addresses.slice(0, NAMED_MAX) : []
  const hiddenCount = addresses.length - named.length
  return (
    <div className="grid gap-0.5">
      <span>{t('detail.ofAll', { count: recipients, all })}</span>
      {named.map((address) => (
        <span key={address} className="text-xs text-soft">
          <Foreign>{address}</Foreign>
        </span>
      ))}
      {named.length > 0 && hiddenCount > 0 && (
        <span className="text-xs text-faint">{t('table.more', { count: hiddenCount })}</span>
      )}
    </div>
  )
}

function OutcomeBadge({ outcome, t }: { outcome: ShownOutcome; t: Translator<'messages'> }) {
  return <StatusBadge tone={TONE[outcome]}>{t(`outcome.${outcome}`)}</StatusBadge>
}

/** The sender, the mail server, the rule that decided, and why the originator's own address was not used. */
function SentAs(props: {
  decision: StoredAttempt['decision']
  by: string | null
  t: Translator<'messages'>
  diagnosis: Translator<'diagnosis'>
}) {
  const { decision, by: server, t, diagnosis } = props
  const { by, rule, name, from, replyTo, login, note, backupFor, because } = decision
  return (
    <div className="grid gap-0.5">
      <Foreign>{String(from ?? '–')}</Foreign>
      {server !== null && <span className="text-xs text-soft">{t('detail.by', { server })}</span>}
      {backupFor && (
        <span className="text-xs text-warn">
          {t('detail.backup', { server: String(backupFor), title: reasonText(String(because), t, diagnosis) })}
        </span>
      )}
      {by === 'rule' && (
        <span className="text-xs text-soft">{t('detail.byRule', { number: String(rule), name: String(name) })}</span>
      )}
      {by === 'last-line' && <span className="text-xs text-soft">{t('detail.byLastLine')}</span>}
      {login && <span className="text-xs text-soft">{t('detail.login', { mailbox: String(login) })}</span>}
      {(note === 'not-verified' || note === 'page-forbids') && (
        <span className="text-xs text-warn">
          {t(`detail.note.${note}`)} {t('detail.replyTo', { address: String(replyTo) })}
        </span>
      )}
    </div>
  )
}
