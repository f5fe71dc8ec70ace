import { noticeMail } from '../credentials/reminders/mail'
import { wakeOthers } from '../db/notify'
import { DEFAULT_LOCALE, formatMoment } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import type { Caller } from '../kernel/actor'
import { newId } from '../kernel/ids'
import { messageFactory } from '../smtp'
import { type AccountsDeps, subjectOf } from './deps'
import type { OperatorRecord, SignInChange } from './store'

/**
 * Prepares the mail that notifies an operator that another person removes their second factor: the request for it may have been a fraud.
 *
 * @returns stores the mail with the change, and resolves with what the audit entry says of it: nothing if there is no second factor to remove,
 *   and not notified if no mail can be sent, which must not prevent the change
 */
export async function factorMail(
  deps: AccountsDeps,
  caller: Caller,
  operator: OperatorRecord | null,
): Promise<(change: SignInChange, current: OperatorRecord) => Promise<{ notified?: boolean }>> {
  const prepared = operator && (await prepare(deps, caller, operator))
  return async (change, { secondFactor }) => {
    if (!secondFactor) return {}
    if (!prepared?.ok) return { notified: false }
    await change.store(async (tx) => {
      await prepared.value.insert(tx)
      await wakeOthers(tx)
    })
    return { notified: true }
  }
}

async function prepare(
  { mails, clock, settings: { baseUrl } }: AccountsDeps,
  { actor }: Caller,
  operator: OperatorRecord,
) {
  const senderAddress = await mails.senderAddress()
  if (senderAddress === null) return null
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
  const { to: recipients, subject, messageId } = mail
  return composed && mails.prepareMail({ ...composed, recipients, subject, messageId, cause: subjectOf(operator.id) })
}
