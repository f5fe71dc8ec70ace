import type { ComponentProps, ReactNode } from 'react'
import { Answer } from '@/components/answer'
import { TextLink } from '@/components/text'
import { faultTitle } from '@/lib/diagnosis'
import type { KeyUnder, TextContext, Translator } from '@/lib/i18n/translations'
import type { FailureGroup, WaitingFault } from '@/lib/outbox/store/failures'
import type { StateCounts } from '@/lib/outbox/store/list'
import type { Unconfirmed } from '@/lib/outbox/store/messages'
import { groupedCount, inSentence, minutesSince, shownCount } from './labels'
import { isInAnswer, type PausedServer, pauseGroups } from './pause-part'
import { pauseText } from './pause-text'
import { isFiltered, type MessagesRequest, messagesHref, NO_CONDITIONS } from './query'

interface AnswerProps extends TextContext<'messages'> {
  request: MessagesRequest
  /** At least how many messages a search finds, and how that is shown, such as `25+`. Null without search terms, which `counts` ignore. */
  matches: { count: number; countShown: string } | null
  counts: StateCounts
  groups: readonly FailureGroup[]
  /** Why messages wait that have been attempted, the most frequent fault first. */
  waitingFaults: readonly WaitingFault[]
  pauses: readonly PausedServer[]
  isSetUp: boolean
  /** Failed messages that are older than the period, and were not dismissed. */
  older: number
  unconfirmed: Unconfirmed
  action?: ReactNode
  now: Date
}

/**
 * What did not arrive, in one sentence: first that no mail server is set up, or a pause, then failures, then what waits. Nothing if no message
 * matches the filters, which is said in place of the list.
 */
export function MessagesAnswer(props: AnswerProps) {
  const { counts, older, unconfirmed, now, t } = props
  const sentence = pauseOf(props) ?? sentenceOf(props)
  if (!sentence) return null
  const { detail, saysHeld, note, ...answer } = sentence
  const since = unconfirmed.since
  return (
    <Answer
      {...answer}
      action={props.action}
      detail={
        <>
          {detail}
          {counts.held > 0 && !saysHeld && ` ${sayIn(t)('heldOnly', { count: counts.held })}`}
          {note && ` ${note}`}
          {since && ` ${t('answer.unconfirmed', { count: unconfirmed.count, minutes: minutesSince(since, now) })}`}
          {older > 0 && (
            <>
              {` ${sayIn(t)('older', { count: older })} `}
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

/** `note`: what the counts leave out. */
type Sentence = ComponentProps<typeof Answer> & { saysHeld?: true; note?: string | false }

/** A sentence, with each number and how it is written: "10,000+" if no more are counted. */
const sayIn =
  (t: Translator<'messages'>) =>
  (key: KeyUnder<'messages', 'answer'>, values: Record<string, string | number>): string => {
    const written = Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'number' ? [[`${name}Shown`, shownCount(value, t)]] : [],
    )
    return t(`answer.${key}`, { ...values, ...Object.fromEntries(written) })
  }

function pauseOf({ counts, pauses, t }: AnswerProps): Sentence | null {
  const [group = []] = pauseGroups(pauses)
  const [pause] = group
  if (!pause || !isInAnswer(pause, counts.failed)) return null
  const { title, ...rest } = pauseText(pause, t, group.length)
  return { ...rest, title: `${title}.` }
}

function sentenceOf(props: AnswerProps): Sentence | null {
  const { matches, counts, request, t } = props
  const isPart = isFiltered({ ...request, view: 'all' })
  const isNone = isPart && Object.values(counts).every((count) => count === 0)
  if (matches ? matches.count === 0 : isNone) return null
  if (matches) return { tone: 'neutral', saysHeld: true, title: t('answer.matches', matches) }
  return { ...countedSentence(props), note: isPart && t('answer.filtered') }
}

function countedSentence(props: AnswerProps): Sentence {
  const { request, counts, groups, isSetUp, t } = props
  const { time } = request
  const say = sayIn(t)
  const { failed, held, delivered: accepted } = counts
  const waiting = counts.queued + counts.sending
  if (!isSetUp) return { tone: 'warn', title: t('answer.noServer'), detail: say('noServerDetail', { waiting }) }
  if (failed > 0)
    return {
      tone: 'bad',
      mark: failed,
      title: say('failed', { count: failed, period: time }),
      detail: `${sameReason(groups, failed, t)} ${say('rest', { accepted, waiting })}`,
    }
  const detail = say('waitingDetail', { accepted })
  const fault = waitingFault(props, waiting)
  if (waiting > 0)
    return {
      tone: fault ? 'warn' : 'info',
      mark: waiting,
      title: say('waiting', { count: waiting }),
      detail: fault ?? detail,
    }
  if (held > 0) return { tone: 'warn', mark: 'pause', saysHeld: true, title: say('heldOnly', { count: held }), detail }
  if (accepted > 0)
    return {
      tone: 'good',
      title: t('answer.accepted'),
      detail: say('acceptedDetail', { count: accepted, period: time }),
    }
  return { tone: 'neutral', title: t('answer.nothing', { period: time }) }
}

function sameReason(groups: readonly FailureGroup[], failed: number, t: Translator<'messages'>) {
  const [largest, ...rest] = groups
  if (!largest || largest.count < 2) return ''
  const sameShown = groupedCount(largest.count, groups, t)
  return rest.length === 0 && largest.count >= failed ? t('answer.allSame') : t('answer.sameReason', { sameShown })
}

/** Why most messages wait that have been attempted, with the way to them. Null if none has failed yet. */
function waitingFault({ request, waitingFaults, t }: AnswerProps, waiting: number): ReactNode {
  const [fault] = waitingFaults
  if (!fault) return null
  const { code, count } = fault
  const countShown = groupedCount(count, waitingFaults, t)
  const everyOne = waiting === 1 ? 'one' : 'all'
  const which = count < waiting ? 'some' : everyOne
  const cause = inSentence(faultTitle(code, t.locale), t)
  return (
    <>
      {`${t('answer.waitingFault', { which, count, countShown, cause })} `}
      {request.fault !== code && (
        <TextLink href={messagesHref({ ...request, view: 'waiting', fault: code })}>
          {t('groups.show', { countShown })}
        </TextLink>
      )}
    </>
  )
}
