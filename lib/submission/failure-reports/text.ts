import { isDiagnosisCode, remedy } from '../../diagnosis'
import { formatMoment, type Locale } from '../../i18n/locale'
import { type Translator, translatorFor } from '../../i18n/translations'
import type { FailureRow } from '../store/failure-reports'

type Failed = FailureRow['recipients'][number]

/** Subjects are cut, so that a report's own line stays short. */
const SUBJECT_CHARS_MAX = 120

export const reportSubject = (locale: Locale, subject: string): string =>
  translatorFor(locale, 'submission')('report.subject', { subject: shortened(locale, subject) })

/** The part of a report that people read. */
export function reportText(failure: FailureRow, { locale, baseUrl }: { locale: Locale; baseUrl: URL }): string {
  const t = translatorFor(locale, 'submission')
  const { subject, acceptedAt, clientName, recipients } = failure
  const facts = { subject: shortened(locale, subject), date: formatMoment(acceptedAt, locale) }
  return [
    clientName === null ? t('report.intro', facts) : t('report.introClient', { ...facts, client: clientName }),
    ...recipients.map((recipient) => recipientText(t, locale, failure, recipient)),
    t('report.noRetry'),
    `${t('report.details')} ${new URL(`/messages/${failure.messageId}`, baseUrl).href}`,
    '',
  ].join('\n\n')
}

function recipientText(
  t: Translator<'submission'>,
  locale: Locale,
  { sender }: FailureRow,
  { address, state, code, reply }: Failed,
): string {
  const title = causeOf(locale, { state, code }, { recipient: address, sender, evidence: reply })
  const todo = state === 'declined' ? t('report.declinedTodo') : t.lookUp(`report.todo.${code}`)
  return [
    address,
    `  ${title}`,
    `  ${todo ?? t('report.todo.other')}`,
    ...(reply ? [`  ${t('report.reply')} ${reply}`] : []),
  ].join('\n')
}

/** Why a recipient did not get a message, in one line. */
export function causeOf(
  locale: Locale,
  { state, code }: Pick<Failed, 'state' | 'code'>,
  facts: { recipient?: string; sender?: string | null; evidence?: string | null } = {},
): string {
  if (state === 'declined') return translatorFor(locale, 'submission')('report.declined')
  return remedy(code !== null && isDiagnosisCode(code) ? code : 'unrecognised', facts, locale).title
}

const shortened = (locale: Locale, subject: string): string =>
  [...subject].slice(0, SUBJECT_CHARS_MAX).join('') || translatorFor(locale, 'submission')('report.noSubject')
