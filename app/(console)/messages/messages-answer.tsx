import type { ReactNode } from 'react'
import { Answer } from '@/components/answer'
import { TextLink } from '@/components/text-link'
import { formatNumber, type Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { COUNTED_BY_STATE_MAX } from '@/lib/outbox/message'
import type { FailureGroup } from '@/lib/outbox/store/failures'
import type { StateCounts } from '@/lib/outbox/store/list'
import type { Unconfirmed } from '@/lib/outbox/store/messages'
import { shownCount } from './labels'
import { type PausedServer, pauseSentences } from './pause-part'
import { type MessagesRequest, messagesHref, NO_CONDITIONS, type Period } from './query'
import { minutesSince } from './unconfirmed'

interface AnswerProps {
  request: MessagesRequest
  counts: StateCounts
  groups: readonly FailureGroup[]
  pauses: readonly PausedServer[]
  /** Whether a mail server is set up. */
  isSetUp: boolean
  /** Failed messages that are older than the period, and were not dismissed. */
  older: number
  unconfirmed: Unconfirmed
  /** The next step: setting up a mail server, or resuming delivery. */
  action?: ReactNode
  locale: Locale
  now: Date
  t: Translator<'messages'>
}

/** What did not arrive, in one sentence: first that no mail server is set up, or a pause, then failures, then what waits. */
export function MessagesAnswer(props: AnswerProps) {
  const { counts, older, unconfirmed, locale, now, t } = props
  // A state is counted up to a number, which is then said as "10,000+".
  const [most, orMore] = [formatNumber(COUNTED_BY_STATE_MAX, locale), shownCount(COUNTED_BY_STATE_MAX, locale, t)]
  const counted = (text: string) => text.replaceAll(most, orMore)
  // The sentences about a pause count nothing, and the number may be part of a mail server's name.
  const pause = pauseOf(props)
  const said = (text: string) => (pause ? text : counted(text))
  const { title, detail, saysHeld, ...answer } = { saysHeld: false, ...(pause ?? sentenceOf(props)) }
  const since = unconfirmed.since
  return (
    <Answer
      {...answer}
      title={said(title)}
      action={props.action}
      detail={
        <>
          {detail && said(detail)}
          {counts.held > 0 && !saysHeld && ` ${counted(t('answer.held', { count: counts.held }))}`}
          {since && ` ${t('answer.unconfirmed', { count: unconfirmed.count, minutes: minutesSince(since, now) })}`}
          {older > 0 && (
            <>
              {` ${t('answer.older', { count: older })} `}
              <TextLink href={messagesHref({ ...NO_CONDITIONS, view: 'failed', time: 'all' })}>
                {t('answer.olderLink')}
              </TextLink>
            </>
          )}
        </>
      }
    />
  )
}

function pauseOf({ counts, pauses: [pause], locale, t }: AnswerProps) {
  if (!pause || (pause.failover !== null && counts.failed > 0)) return null
  return {
    ...(pause.remedy && pause.failover === null
      ? { tone: 'bad' as const }
      : { tone: 'warn' as const, mark: pause.remedy ? ('dot' as const) : ('pause' as const) }),
    ...pauseSentences(pause, locale, t),
  }
}

function sentenceOf({ request: { time }, counts, groups, isSetUp, now, t }: AnswerProps) {
  const { failed, delivered: accepted } = counts
  const waiting = Math.min(counts.queued + counts.sending, COUNTED_BY_STATE_MAX)
  if (!isSetUp)
    return { tone: 'warn' as const, title: t('answer.noServer'), detail: t('answer.noServerDetail', { waiting }) }
  const rest = t('answer.rest', { accepted, waiting })
  if (failed > 0)
    return {
      ...{ tone: 'bad' as const, mark: failed, title: t('answer.failed', { count: failed, period: time }) },
      detail: `${sameReason(groups, failed, t)} ${rest}`,
    }
  if (waiting > 0)
    return {
      ...{ tone: 'info' as const, mark: waiting, title: t('answer.waiting', { count: waiting }) },
      detail: t('answer.waitingDetail', { accepted }),
    }
  if (counts.held > 0)
    return {
      ...{ tone: 'warn' as const, mark: 'pause' as const, saysHeld: true },
      ...{ title: t('answer.heldOnly', { count: counts.held }), detail: t('answer.waitingDetail', { accepted }) },
    }
  if (accepted > 0)
    return {
      ...{ tone: 'good' as const, title: t('answer.accepted') },
      detail: t('answer.acceptedDetail', { count: accepted, period: spokenPeriod(time, now) }),
    }
  return { tone: 'neutral' as const, title: t('answer.nothing', { period: time }), detail: null }
}

function sameReason([largest, ...rest]: readonly FailureGroup[], failed: number, t: Translator<'messages'>): string {
  if (!largest || largest.count < 2) return ''
  return rest.length === 0 && largest.count >= failed
    ? t('answer.allSame')
    : t('answer.sameReason', { same: largest.count })
}

/** The last 24 hours began at this time of day yesterday. */
export const spokenPeriod = (time: Period, now: Date) => (time === 'day' ? partOfDay(now.getUTCHours()) : time)

export const partOfDay = (hour: number) => (hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening')
