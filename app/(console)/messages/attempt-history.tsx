import type { ReactNode } from 'react'
import { helpPath } from '@/app/paths'
import { Dot } from '@/components/state-badge'
import { FactLine, Foreign, TextLink } from '@/components/text'
import { faultTitle, isDiagnosisCode } from '@/lib/diagnosis'
import type { TextContext, Translator } from '@/lib/i18n/translations'
import type { Stage } from '@/lib/kernel'
import type { MessageDetail, StoredAttempt } from '@/lib/outbox/store/messages'
import { sameAddress } from '@/lib/policy/sender'
import { sourceText } from './labels'

const DOT = {
  accepted: 'fill-good-fill',
  refused: 'fill-bad-fill',
  failed: 'fill-bad-fill',
  unknown: 'fill-warn-fill',
  declined: 'fill-mute-fill',
} as const

export interface About extends TextContext<'messages'> {
  message: MessageDetail
  /** Names of the mail servers by id; empty if there is only one. */
  servers: ReadonlyMap<string, string>
  size: string
}

type HistoryContext = About & {
  /** When a waiting message is attempted next; null if it is due already, or while its mail servers deliver nothing. */
  nextAt: Date | null
  stageLabel: (stage: Stage) => string
}

interface Happening {
  key: string
  at: Date
  dot?: string
  title: ReactNode
  text?: ReactNode
}

/** Everything that happened to a message, oldest first: stored, each attempt, and its end or what comes next. */
export function AttemptHistory(props: HistoryContext) {
  const { message, nextAt, size, t } = props
  const { acceptedAt, recipients, attempts, state, endedAt, expiresAt } = message
  // Groups of recipients that were decided differently belong to one attempt.
  const claims = [...new Set(attempts.map(({ fence }) => fence))].sort((a, b) => a - b)
  const storedText = t('detail.storedText', { source: sourceText(message, t), count: recipients, size })
  const happenings: Happening[] = [
    { key: 'stored', at: acceptedAt, title: t('detail.stored'), text: storedText },
    ...attempts
      .toReversed()
      .flatMap((attempt) => partsOf(attempt, message))
      .map((attempt) => attemptEvent(attempt, claims.indexOf(attempt.fence) + 1, props)),
    ...(endedAt !== null && (state === 'cancelled' || attempts.length === 0)
      ? [{ key: 'ended', at: endedAt, title: t(`state.${state}`) }]
      : []),
    ...(state === 'queued' && nextAt !== null ? [{ key: 'due', at: nextAt, title: t('detail.nextAttempt') }] : []),
    // A held message gets a new date when it is released.
    ...(endedAt === null && state !== 'held'
      ? [{ key: 'expires', at: expiresAt, title: t('detail.lastAttempt') }]
      : []),
  ]
  return (
    <ol className="grid gap-3">
      {happenings.map(({ key, at, dot = 'fill-mute-fill', title, text }, place) => {
        const before = happenings[place - 1]
        return (
          <li
            key={key}
            className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 sm:grid-cols-[auto_4.5rem_minmax(0,1fr)]"
          >
            {(!before || t.date(before.at) !== t.date(at)) && (
              <p className="col-span-full mb-1.5 text-xs font-[600] text-soft">{`${t.longDate(at)}, UTC`}</p>
            )}
            <Dot className={`mt-1.5 size-2 ${dot}`} />
            <time dateTime={at.toISOString()} title={t.time(at, 'seconds')} className="text-sm text-faint tabular-nums">
              {t.exactClockTime(at)}
            </time>
            <div className="min-w-0 max-sm:col-start-2">
              <p className="font-[550]">{title}</p>
              {text && <div className="text-sm text-soft">{text}</div>}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

function attemptEvent(attempt: StoredAttempt, number: number, context: HistoryContext): Happening {
  const { message, t, stageLabel } = context
  const { fence, addresses, decision, at, stage, code, reply } = attempt
  const { note, replyTo } = decision
  const outcome = code === 'declined-by-rule' ? 'declined' : attempt.outcome
  const text = t(`detail.attempt.${outcome}`, { number, who: recipientsOf(attempt, message.recipients, t) })
  const step = stage && outcome !== 'accepted' ? ` ${t('detail.atStep', { step: stageLabel(stage) })}` : ''
  return {
    key: `${fence} ${addresses.join()} ${JSON.stringify(decision)}`,
    at,
    dot: DOT[outcome],
    title: <Foreign>{`${text}${step}`}</Foreign>,
    text: (
      <>
        <p>
          <FactLine>{circumstances(attempt, context).join(' · ')}</FactLine>
        </p>
        {(note === 'not-verified' || note === 'page-forbids') && (
          <p className="text-warn">{t(`detail.note.${note}`, { address: String(replyTo) })}</p>
        )}
        {reply && (
          <p lang="en" className="font-mono text-xs wrap-anywhere">
            {reply}
          </p>
        )}
        {code !== null && isDiagnosisCode(code) && (
          <TextLink href={helpPath(code)}>{faultTitle(code, t.locale)}</TextLink>
        )}
      </>
    ),
  }
}

/** Splits an attempt that the server accepted: the recipients that it accepted and, by its answer, those that it rejected. */
function partsOf(attempt: StoredAttempt, { to, attempts }: MessageDetail): StoredAttempt[] {
  if (attempt.outcome !== 'accepted') return [attempt]
  const later = new Set(attempts.filter(({ fence }) => fence > attempt.fence).flatMap(({ addresses }) => addresses))
  const last = to.filter(({ address }) => attempt.addresses.includes(address) && !later.has(address))
  const accepted = last.filter(({ state }) => state === 'delivered')
  const rejected = last.filter(({ state, reply }) => state !== 'delivered' && reply !== null)
  const part = (recipients: typeof last) => ({
    ...attempt,
    addresses: recipients.map(({ address }) => address),
    recipients: recipients.length,
  })
  return [
    accepted.length === 0 ? attempt : part(accepted),
    ...[...new Set(rejected.map(({ reply }) => reply))].map((reply) => {
      const these = rejected.filter((each) => each.reply === reply)
      return { ...part(these), outcome: 'refused' as const, code: these[0]?.code ?? null, reply }
    }),
  ]
}

const NAMED_MAX = 3

/** For whom an attempt was: all recipients, some by name, or their number if the names were not recorded. */
function recipientsOf({ recipients: count, addresses }: StoredAttempt, all: number, t: Translator<'messages'>): string {
  if (count >= all) return t('detail.who.all', { all })
  if (count === 0) return t('detail.who.unknown')
  if (addresses.length === 0) return t('detail.who.some', { count, all })
  const names = addresses.slice(0, NAMED_MAX).join(', ')
  const more = addresses.length - NAMED_MAX
  return t('detail.who.named', { names: more > 0 ? t('detail.andMore', { names, count: more }) : names })
}

/** Through which mail server, from which sender, by which rule, and how long it took. */
function circumstances({ decision, mailServerId, durationMs }: StoredAttempt, { servers, t }: HistoryContext) {
  const { from, login, backupFor, because } = decision
  const server = servers.get(mailServerId)
  return [
    ...(server ? [t('detail.through', { server })] : []),
    ...(backupFor ? [t('detail.backup', { server: backupFor, title: faultTitle(String(because), t.locale) })] : []),
    ...(from ? [t('detail.as', { address: from })] : []),
    ...(login ? [t('detail.login', { mailbox: login })] : []),
    ...ruleText(decision, t),
    ...(durationMs > 0 ? [t.duration(durationMs)] : []),
  ]
}

/** The rule that decided, or that none did. Rules do not apply to every message. */
export function ruleText({ by, rule, name }: StoredAttempt['decision'], t: Translator<'messages'>): string[] {
  if (by === 'rule') return [t('detail.rule', { number: String(rule), name: String(name) })]
  return by === 'last-line' ? [t('detail.noRule')] : []
}

/** Whether the mail server's own sender was used instead of the one that was asked for, because no rule matched. */
export const replacesSender = ({ by, from }: StoredAttempt['decision'], originator: string | null): boolean =>
  by === 'last-line' && Boolean(from) && originator !== null && !sameAddress(String(from), originator)
