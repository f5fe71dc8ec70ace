import type { Locale } from '../../i18n/locale'
import { bind, newId, ok, type Result } from '../../kernel'
import type { NotificationDeps } from '../../notifications/deps'
import { noticeMail, type OutboxMail } from '../../notifications/mail'
import { type ComposeFault, messageFactory } from '../../smtp/message'
import {
  dropUnwanted,
  type FailureRow,
  type MadeReport,
  markUnreportable,
  readFailures,
  reportLocale,
  saveReport,
  type WaitingFailures,
  waitingFailures,
} from '../store/failure-reports'
import { planReports, RECENT_MS, type ReportPlan } from './plan'
import { deliveryStatus } from './status'
import { reportSubject, reportText, summaryText } from './text'

export interface FailureReportDeps
  extends Pick<NotificationDeps, 'db' | 'clock' | 'log' | 'baseUrl' | 'senderAddress' | 'prepareMail' | 'wakeOutbox'> {
  /** The name of this server, as in EHLO. */
  name: string
}

/** Bounds one summary. What is left is in the next one. */
const SUMMARY_ROWS_MAX = 10_000
/** Bounds one turn; the rest is reported in the next one. */
const ADDRESSES_MAX = 200

export const createFailureReports = (deps: FailureReportDeps) => bind(deps, { work })

/** For the worker: reports what has failed. @returns number of reports that it put into the outbox */
async function work(deps: FailureReportDeps): Promise<number> {
  const { db, clock } = deps
  const now = await clock.current()
  await dropUnwanted(db, now)
  const senderAddress = await deps.senderAddress()
  if (senderAddress === null) return 0
  const locale = await reportLocale(db)
  const all = await waitingFailures(db, new Date(now.getTime() - RECENT_MS))
  // Addresses that wait for their next summary must not keep the others waiting.
  const due = all.flatMap((waiting) => {
    const plan = planReports(waiting, now)
    return plan ? [{ waiting, plan }] : []
  })
  let reports = 0
  for (const { waiting, plan } of due.slice(0, ADDRESSES_MAX))
    reports += await report(deps, waiting, plan, { to: waiting.to, locale, senderAddress })
  if (reports > 0) await deps.wakeOutbox()
  return reports
}

type Writing = { to: string; locale: Locale; senderAddress: string }

async function report(deps: FailureReportDeps, waiting: WaitingFailures, plan: ReportPlan, writing: Writing) {
  const { db } = deps
  const { to } = writing
  if (plan.kind === 'summary') {
    const failures = await readFailures(db, waiting, SUMMARY_ROWS_MAX)
    return (await put(deps, failures, { state: 'summary', to }, await summaryMail(deps, failures, writing))) ? 1 : 0
  }
  let reports = 0
  for (const failure of await readFailures(db, waiting, plan.count))
    if (await put(deps, [failure], { state: 'single', to }, await singleMail(deps, failure, writing))) reports++
  return reports
}

type ReportMail = Result<Omit<OutboxMail, 'cause' | 'recipients'>, ComposeFault>

async function singleMail(
  { baseUrl, name, clock }: FailureReportDeps,
  failure: FailureRow,
  { to, locale, senderAddress }: Writing,
): Promise<ReportMail> {
  const { header, originalLines, internetId, subject: about } = failure
  const subject = reportSubject(locale, about)
  const messageId = `<${newId()}@${senderAddress.slice(senderAddress.lastIndexOf('@') + 1)}>`
  const composed = await messageFactory.failureReport({
    to,
    subject,
    messageId,
    date: clock.now(),
    about: internetId,
    text: reportText(failure, { locale, baseUrl }),
    status: deliveryStatus(failure, name),
    header: header && Buffer.concat([Buffer.from(originalLines ?? '', 'latin1'), header]).toString('utf8'),
  })
  return composed.ok ? ok({ ...composed.value, subject, messageId }) : composed
}

async function summaryMail(
  { baseUrl, clock }: FailureReportDeps,
  failures: readonly FailureRow[],
  { to, locale, senderAddress }: Writing,
): Promise<ReportMail> {
  const text = summaryText(failures, locale, baseUrl)
  const mail = noticeMail(text, senderAddress, { to, locale, date: clock.now() })
  const composed = await messageFactory.unsigned(mail)
  return composed.ok ? ok({ ...composed.value, subject: mail.subject, messageId: mail.messageId }) : composed
}

/** Puts a report into the outbox, in one transaction with the mark of what it names. @returns whether it did */
async function put(
  { db, clock, log, prepareMail }: FailureReportDeps,
  failures: readonly FailureRow[],
  { state, to }: Pick<MadeReport, 'state' | 'to'>,
  mail: ReportMail,
): Promise<boolean> {
  const [first] = failures
  if (!first) return false
  const subject = `message:${first.messageId}`
  if (!mail.ok) {
    log.warn('a report of a failure cannot be composed', { subject, code: mail.error })
    await markUnreportable(db, failures, clock.now())
    return false
  }
  const prepared = await prepareMail({ ...mail.value, recipients: [to], cause: subject })
  if (!prepared.ok) {
    log.warn('failure report not sent', { subject, code: prepared.error })
    return false
  }
  const { id: reportId, insert } = prepared.value
  return saveReport(db, failures, { state, to, reportId, insert }, clock.now())
}
