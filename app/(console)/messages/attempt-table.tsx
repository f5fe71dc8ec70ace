import Link from 'next/link'
import { Foreign } from '@/components/foreign'
import { WordBadge } from '@/components/state-badge'
import { type Column, Table } from '@/components/table'
import { Timestamp } from '@/components/timestamp'
import { isDiagnosisCode } from '@/lib/diagnosis'
import type { Locale } from '@/lib/kernel/locale'
import type { Stage } from '@/lib/kernel/stage'
import type { Words } from '@/lib/kernel/words'
import type { AttemptOutcome, AttemptRecord } from '@/lib/outbox/message'

const TONE: Record<AttemptOutcome, 'good' | 'warn' | 'bad'> = {
  accepted: 'good',
  refused: 'bad',
  failed: 'bad',
  unknown: 'warn',
}

/** Every try: when, as whom, where it ended, and by which name the fault goes. */
export function AttemptTable(props: {
  attempts: readonly AttemptRecord[]
  now: Date
  locale: Locale
  t: Words
  stageWord: (stage: Stage) => string
}) {
  const { attempts, now, locale, t, stageWord } = props
  const columns: Column<AttemptRecord>[] = [
    {
      key: 'at',
      label: t('detail.at'),
      cell: ({ at }) => <Timestamp at={at} now={now} locale={locale} />,
    },
    {
      key: 'outcome',
      label: t('detail.outcome'),
      cell: ({ outcome, stage }) => (
        <div className="grid justify-items-start gap-1">
          <WordBadge tone={TONE[outcome]}>{t(`outcome.${outcome}`)}</WordBadge>
          {stage && outcome !== 'accepted' && <span className="text-xs text-soft">{stageWord(stage)}</span>}
        </div>
      ),
    },
    {
      key: 'code',
      label: t('detail.code'),
      cell: ({ code }) =>
        code === null ? (
          '–'
        ) : isDiagnosisCode(code) ? (
          <Link href={`/help/${code}`} prefetch={false} className="prose-link font-mono text-xs">
            {code}
          </Link>
        ) : (
          <span className="text-xs">{t(`reason.${code}`)}</span>
        ),
    },
    {
      key: 'as',
      label: t('detail.as'),
      cell: ({ decision }) => <SentAs decision={decision} t={t} />,
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
      cell: ({ durationMs }) => t('detail.ms', { ms: durationMs }),
    },
  ]
  return (
    <Table
      caption={t('detail.attemptsCaption')}
      columns={columns}
      rows={attempts}
      rowKey={({ at, decision }) => `${at.toISOString()} ${JSON.stringify(decision)}`}
    />
  )
}

/** As whom, which rule said so, and why it was not as the person whom the rule would have let. */
function SentAs({ decision, t }: { decision: AttemptRecord['decision']; t: Words }) {
  const { by, rule, name, from, replyTo, login, note } = decision
  return (
    <div className="grid gap-0.5">
      <Foreign>{String(from ?? '–')}</Foreign>
      {by === 'rule' && (
        <span className="text-xs text-soft">{t('detail.byRule', { number: String(rule), name: String(name) })}</span>
      )}
      {by === 'last-line' && <span className="text-xs text-soft">{t('detail.byLastLine')}</span>}
      {login && <span className="text-xs text-soft">{t('detail.login', { mailbox: String(login) })}</span>}
      {(note === 'not-proven' || note === 'page-forbids') && (
        <span className="text-xs text-warn">
          {t(`detail.note.${note}`)} {t('detail.replyTo', { address: String(replyTo) })}
        </span>
      )}
    </div>
  )
}
