import { noticeMail } from '../credentials/reminders/mail'
import { DEFAULT_LOCALE, formatMoment } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import type { Caller } from '../kernel/actor'
import { newId } from '../kernel/ids'
import { messageFactory } from '../smtp'
import { type AccountsDeps, subjectOf } from './deps'
import type { OperatorRecord, SignInChange } from './store'

/**
 * Notifies an operator that another person has removed their second factor: the request for it may have been a fraud. The mail is
 * stored with the change. Null where there is nothing to notify of, and where no mail can be sent: that must not prevent the change.
 */
export async function factorMail(
  { mails, clock, settings: { baseUrl } }: AccountsDeps,
  { actor }: Caller,
  operator: OperatorRecord | null,
): Promise<{ insert(change: SignInChange): Promise<void> } | null> {
  const senderAddress = operator?.secondFactor ? await mails.senderAddress() : null
  if (!operator || senderAddress === null) return null
  const locale = operator.locale ?? DEFAULT_LOCALE
  const t = translatorFor(locale, 'people')
  const date = clock.now()
  const text = {
    title: t('factorMail.title'),
    intro: actor.kind === 'operator' ? t('factorMail.byOperator', { email: actor.email }) : t('factorMail.byServer'),
    rows: [
      [t('field.email'), operator.email],
      [t('factorMail.time'), formatMoment(date, locale)],
    ] satisfies [string, string][],
    how: t('factorMail.how'),
    why: t('factorMail.why'),
    open: t('factorMail.open'),
    url: new URL('/account', baseUrl).href,
  }
  const mail = noticeMail(text, { to: operator.email, locale, id: newId(), senderAddress, date })
  const composed = await messageFactory.unsigned(mail)
  if (!composed) return null
  const { to: recipients, subject, messageId } = mail
  const prepared = await mails.prepareMail({
    ...composed,
    recipients,
    subject,
    messageId,
    cause: subjectOf(operator.id),
  })
  return prepared.ok ? { insert: (change) => change.store(prepared.value.insert) } : null
}
