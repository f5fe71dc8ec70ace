import type { Tx } from '../db'
import { wakeOthers } from '../db/notify'
import { translatorFor } from '../i18n/translations'
import { type Caller, fail } from '../kernel'
import { prepareNotice } from '../notifications/mail'
import { reportLocale } from '../submission/store/failure-reports'
import { type AccountsDeps, subjectOf } from './deps'
import type { OperatorRecord } from './store/operators'
import { removeSecondFactor } from './store/second-factor'
import type { FactorNotice } from './terms'

/**
 * Prepares the mail that notifies an operator that another person removes their second factor: the request for it may have been a fraud.
 * A person who lost their phone waits for the removal, so it must not fail with this mail: not even for a bug, which is logged instead.
 *
 * @returns removes the second factor and stores the mail with the change
 */
export async function factorMail(
  deps: AccountsDeps,
  caller: Caller,
  operator: OperatorRecord | null,
): Promise<(tx: Tx, operatorId: string) => Promise<FactorNotice>> {
  const prepared = operator && (await prepare(deps, caller, operator).catch((error: unknown) => fail({ error })))
  return async (tx, operatorId) => {
    if (!(await removeSecondFactor(tx, operatorId))) return {}
    if (!prepared?.ok)
      return { notified: false, reason: reasonOf(deps, prepared ? prepared.error : { code: 'no-operator' }) }
    await prepared.value.insert(tx)
    await wakeOthers(tx)
    return { notified: true }
  }
}

function reasonOf({ mails: { log } }: AccountsDeps, fault: { code: string } | { error: unknown }) {
  const code = 'code' in fault ? fault.code.replace(/^outbox-/, '') : null
  if (code === 'no-server' || code === 'full') return code
  log.error('the mail about a second factor could not be prepared', code === null ? fault : { code })
  return 'internal-error'
}

async function prepare(
  { db, mails, clock, settings: { baseUrl } }: AccountsDeps,
  { actor }: Caller,
  operator: OperatorRecord,
) {
  const locale = operator.locale ?? (await reportLocale(db))
  const t = translatorFor(locale, 'people')
  const date = clock.now()
  const text = {
    title: t('factorMail.title'),
    intro: actor.kind === 'operator' ? t('factorMail.byOperator', { email: actor.email }) : t('factorMail.byServer'),
    rows: [
      [t('field.email'), operator.email],
      [t('factorMail.time'), t.moment(date)],
    ] satisfies [string, string][],
    how: t('factorMail.how'),
    why: t('factorMail.why'),
    open: t('factorMail.open'),
    url: new URL('/account', baseUrl).href,
  }
  return prepareNotice(mails, text, { to: operator.email, locale, date, cause: subjectOf(operator.id) })
}
