import { CREDENTIALS_PATH, MAIL_SERVERS_PATH, REMINDERS_PATH, SET_UP_PATH, withQuery } from '@/app/paths'
import { Answer, type AnswerProps } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Ticket } from '@/components/tasks'
import { TextLink } from '@/components/text'
import { hasWrongDate, isRejected } from '@/lib/credentials/expiry'
import { reachOf } from '@/lib/credentials/reminders/plan'
import { holderOf } from '@/lib/credentials/views'
import { DAY_MS } from '@/lib/kernel'
import { expiringPath } from '../_view/labels'
import { FEW_ROWS } from './query'
import { daysOf, type ListContext, lacksDate, needsYou, nextStepOf, type Row, stepPath } from './rows'

/** More of them are only in the table, which sorts them first. */
const TICKETS_MAX = 4
/** The answer names up to this number of them, and of more only the first; a ticket or the table names the others. */
const NAMED_MAX = 2

interface Due extends ListContext {
  /** The credentials in use, most urgent first. */
  rows: readonly Row[]
  /** Whether the list below begins with the same credentials. */
  listBegins: boolean
}

export const DueAnswer = (due: Due) => <Answer {...answerOf(due)} />

function answerOf(due: Due): AnswerProps {
  const { rows, mayWrite, t } = due
  const urgent = rows.filter(needsYou)
  if (urgent.length > 0) {
    const named = urgent.slice(0, urgent.length > NAMED_MAX ? 1 : NAMED_MAX)
    return {
      tone: urgent.some(({ view }) => !view.carriedBy) ? 'bad' : 'warn',
      mark: urgent.length,
      title: t('answer.needs', { count: urgent.length }),
      detail: [...named.map((row) => dueSentence(row, due)), remainder(urgent.length - named.length, due)].join(' '),
    }
  }
  const undated = rows.filter(lacksDate)
  const [first] = undated
  if (!first) {
    // The Overview lists them among what needs attention.
    const soon = rows.filter(({ view }) => view.state === 'soon').length
    const detail = <NextDue {...due} />
    return soon > 0
      ? { tone: 'warn', mark: soon, title: t('answer.soon', { count: soon }), detail }
      : { tone: 'good', title: t('answer.calm'), detail }
  }
  const count = undated.length
  const names = namesOf(first, t)
  const path = count === 1 ? `${expiringPath(first.view)}#edit` : withQuery(CREDENTIALS_PATH, { state: 'date-unknown' })
  const detail = (
    <>
      {count === 1 && `${t(mayWrite ? 'answer.undatedDetail' : 'answer.undatedForReaders', names)} `}
      {rows.some(({ view }) => view.expiresAt) && <NextDue {...due} />}
    </>
  )
  const action = mayWrite && (
    <ButtonLink kind="primary" href={path} text={t(count === 1 ? 'step.date' : 'step.dates')} />
  )
  return { tone: 'warn', mark: count, title: t('answer.undated', { count, ...names }), detail, action }
}

const namesOf = ({ view }: Row, t: Due['t']) => ({ server: holderOf(view).name, kind: t(`kindIn.${view.kind}`) })

/** "Finance expires on Thursday." */
function dueSentence(row: Row, { now, t }: Due): string {
  const { view } = row
  const names = namesOf(row, t)
  if (view.carriedBy) return t('answer.carried', names)
  if (isRejected(view) || !view.expiresAt) return t('answer.refused', names)
  if (hasWrongDate(view)) return t('answer.wrongDate', names)
  const when = t.onDay(view.expiresAt, now)
  if (view.kind === 'api-key')
    return t(view.state === 'expired' ? 'answer.keyExpired' : 'answer.keyExpires', { ...names, when })
  return t(view.state === 'expired' ? 'answer.expired' : 'answer.expires', { ...names, when })
}

/** How many the sentences before do not name, or until when nothing else is due. */
function remainder(count: number, { rows, listBegins, now, t }: Due): string {
  if (count > 0) return listBegins ? t('answer.more', { count }) : ''
  const next = rows.find((row) => !needsYou(row) && row.view.expiresAt)?.view.expiresAt
  return next ? t('answer.nothingElse', { day: t.clearDate(next, now) }) : ''
}

/** What expires next, and from when people are reminded of it. */
function NextDue(due: Due) {
  const { rows, thresholdsDays, channels, mayWrite, now, t } = due
  const next = rows.find(({ view }) => view.expiresAt)
  if (!next?.view.expiresAt) return t('answer.noDates')
  const first = Math.max(0, ...thresholdsDays)
  const remindedAt = new Date(next.view.expiresAt.getTime() - first * DAY_MS)
  const values = {
    ...namesOf(next, t),
    day: t.clearDate(next.view.expiresAt, now),
    from: t.clearDate(remindedAt, now),
  }
  const secretKey = rows.length === 1 ? 'answer.validUntil' : 'answer.nextDue'
  const dueText = t(next.view.kind === 'api-key' ? 'answer.keyNextDue' : secretKey, values)
  if (reachOf(channels, next.view) > 0) return `${dueText} ${remindedAt > now ? t('answer.reminded', values) : ''}`
  const nobody = t('answer.nobody')
  return (
    <>
      {`${dueText} `}
      {mayWrite ? <TextLink href={`${REMINDERS_PATH}#add`}>{nobody}</TextLink> : nobody}
    </>
  )
}

/**
 * One ticket for each credential that needs attention, with its consequence and the true next step. Where the list below begins with the
 * same credentials, a phone shows two tickets, or one if the list is long.
 */
export function DueTickets(due: Due) {
  const onPhone = due.rows.length > FEW_ROWS ? 'max-sm:[&>:nth-child(n+2)]:hidden' : 'max-sm:[&>:nth-child(n+3)]:hidden'
  const urgent = due.rows.filter(needsYou).slice(0, TICKETS_MAX)
  if (urgent.length === 0) return null
  return (
    <div className={`grid gap-4 lg:grid-cols-2 ${due.listBegins ? onPhone : ''}`}>
      {urgent.map((row, index) => (
        <DueTicket key={row.view.id} row={row} isFirst={index === 0} {...due} />
      ))}
    </div>
  )
}

function DueTicket({ row, isFirst, ...due }: Due & { row: Row; isFirst: boolean }) {
  const { mayWrite, t } = due
  const { view } = row
  const step = ticketStep(row, due)
  const first = t(`step.${step.label}`)
  const details = row.stage === 'add' ? 'details' : 'replacement'
  const second = t(`step.${mayWrite && view.carriedBy ? 'goBack' : details}`)
  const about = (text: string) => t('step.of', { step: text, ...namesOf(row, t) })
  return (
    <Ticket
      tone={view.carriedBy ? 'warn' : 'bad'}
      {...figureOf(row, due)}
      title={holderOf(view).name}
      subtitle={ticketSubtitle(row, due)}
      actions={
        <>
          {mayWrite && (
            <ButtonLink kind={isFirst ? 'primary' : 'secondary'} href={step.href} label={about(first)} text={first} />
          )}
          <ButtonLink kind="quiet" href={expiringPath(view)} label={about(second)} text={second} />
        </>
      }
    >
      <p>{consequence(row, due)}</p>
    </Ticket>
  )
}

function ticketStep(row: Row, { now }: Due) {
  const step = nextStepOf(row, null, now)
  if (row.stage === 'fallback') return { label: 'addAnother', href: stepPath(row, 'finish') } as const
  return { label: row.stage === 'current' ? 'makeCurrent' : step, href: stepPath(row, step) } as const
}

function figureOf({ view }: Row, { now, t }: Due) {
  const { carriedBy, state } = view
  if (hasWrongDate(view)) return { figure: '?', figureLabel: t('step.compare') }
  const left = daysOf(view, now)
  if (left !== null && carriedBy) return { figure: left, figureLabel: t('ticket.onPrevious', { days: left }) }
  if (isRejected(view) || left === null) return { figure: '!', figureLabel: t('ticket.rejected') }
  const days = Math.abs(left)
  return { figure: days, figureLabel: t(state === 'expired' ? 'ticket.since' : 'ticket.left', { days }) }
}

function ticketSubtitle({ view }: Row, due: Due): string {
  const { t } = due
  const kind = t(`kind.${view.kind}`)
  if (view.refusedAt && (view.carriedBy || isRejected(view)))
    return t('ticket.rejectedSince', { kind, day: t.dayOfYear(view.refusedAt) })
  if (!view.expiresAt || hasWrongDate(view)) return kind
  return t(view.state === 'expired' ? 'ticket.expiredOn' : 'ticket.expiresOn', {
    kind,
    day: t.dayOfYear(view.expiresAt),
  })
}

function consequence(row: Row, { now, t }: Due): string {
  const { view, stage } = row
  if (view.expiresAt && hasWrongDate(view)) return t('ticket.wrongDate', { day: t.clearDate(view.expiresAt, now) })
  if (view.kind === 'api-key') {
    const isOver = view.state === 'expired' || !view.expiresAt
    return isOver ? t('ticket.keyFailing') : t('ticket.keyStops', { when: t.onDay(view.expiresAt ?? now, now) })
  }
  const values = { address: view.mailServer.senderAddress, secret: t(`short.${view.kind}`) }
  if (view.carriedBy) return t('ticket.carried', { ...values, day: t.clearDate(view.carriedBy.until, now) })
  if (view.state !== 'critical' || !view.expiresAt)
    return t(stage === 'current' ? 'ticket.readyNow' : 'ticket.failing', values)
  const stops = { ...values, when: t.onDay(view.expiresAt, now) }
  return t(stage === 'current' ? 'ticket.ready' : 'ticket.stops', stops)
}

export const NothingToWatch = ({ mayWrite, t }: ListContext) => (
  <Answer
    tone="neutral"
    mark={0}
    title={t('empty.title')}
    detail={t('empty.text')}
    action={
      mayWrite && (
        <>
          <ButtonLink kind="primary" href={MAIL_SERVERS_PATH} text={t('empty.toMailServer')} />
          <ButtonLink href={SET_UP_PATH} text={t('empty.toSetUp')} />
        </>
      )
    }
  />
)
