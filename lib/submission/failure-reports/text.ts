import { faultTitle } from '../../diagnosis'
import { type Locale, type Translator, translatorFor } from '../../i18n/translations'
import { firstRows, type NoticeText, oneLine } from '../../notifications/notice'
import type { Failed, FailureRow } from '../store/failure-reports'
import { SINGLES_MAX } from './plan'

/** Subjects are cut, so that a report's own line stays short. */
const SUBJECT_CHARS_MAX = 120

export function reportSubject(locale: Locale, subject: string): string {
  const t = translatorFor(locale, 'submission')
  return t('report.subject', { subject: shortened(t, subject) })
}

/** The part of a report that people read. */
export function reportText(failure: FailureRow, { locale, baseUrl }: { locale: Locale; baseUrl: URL }): string {
  const t = translatorFor(locale, 'submission')
  const { subject, acceptedAt, clientName, recipients } = failure
  const facts = { subject: shortened(t, subject), date: t.moment(acceptedAt) }
  return [
    clientName === null ? t('report.intro', facts) : t('report.introClient', { ...facts, client: clientName }),
    ...recipients.map((recipient) => recipientText(recipient, t)),
    t('report.noRetry'),
    `${t('report.details')} ${new URL(`/messages/${failure.messageId}`, baseUrl).href}`,
    '',
  ].join('\n\n')
}

function recipientText(recipient: Failed, t: Translator<'submission'>) {
  const { address, state, code, reply } = recipient
  const todo = state === 'declined' ? t('report.declinedTodo') : t.lookUp(`report.todo.${code}`)
  return [
    address,
    `  ${causeOf(recipient, t)}`,
    `  ${todo ?? t('report.todo.other')}`,
    ...(reply ? [`  ${t('report.reply')} ${reply}`] : []),
  ].join('\n')
}

/** Why a recipient did not get a message, in one line. */
const causeOf = ({ state, code }: Failed, t: Translator<'submission'>): string =>
  state === 'declined' ? t('report.declined') : faultTitle(code ?? 'unrecognised', t.locale)

const shortened = (t: Translator<'submission'>, subject: string): string =>
  [...oneLine(subject)].slice(0, SUBJECT_CHARS_MAX).join('') || t('report.noSubject')

/** What a summary of many failures says: each cause with its number of recipients, then the messages. The page lists all of them. */
export function summaryText(failures: readonly FailureRow[], locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'submission')
  const client = failures[0]?.clientName ?? null
  const count = new Set(failures.map(({ messageId }) => messageId)).size
  const times = failures.map(({ at }) => at.getTime())
  const moment = (ms: number): string => t.moment(new Date(ms))
  const facts = { from: moment(Math.min(...times)), to: moment(Math.max(...times)), max: SINGLES_MAX }
  const lines = failures.map(({ recipients, subject }): [string, string] => [
    recipients.map(({ address }) => address).join(', '),
    oneLine(subject) || t('report.noSubject'),
  ])
  return {
    title: client === null ? t('report.summary.titleOwn', { count }) : t('report.summary.title', { count, client }),
    intro: t('report.summary.intro', facts),
    rows: [
      ...causes(failures, t).map((cause): [string, string] => [t('report.summary.causes'), cause]),
      ...firstRows(lines, (count) => t('report.summary.more', { count })),
    ],
    how: t('report.summary.how'),
    why: t('report.summary.why'),
    open: t('report.summary.open'),
    url: new URL('/messages?view=failed', baseUrl).href,
  }
}

/** The most frequent cause first. */
function causes(failures: readonly FailureRow[], t: Translator<'submission'>): string[] {
  const counts = new Map<string, number>()
  for (const recipient of failures.flatMap(({ recipients }) => recipients)) {
    const title = causeOf(recipient, t)
    counts.set(title, (counts.get(title) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([title, count]) => t('report.summary.cause', { count, title }))
}
