'use server'

import { redirect } from 'next/navigation'
import { refused, refusedWith, textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { faultText } from '@/app/_server/faults'
import { formActions } from '@/app/_server/form-action'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { currentCall } from '@/app/_server/request'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import {
  ACCOUNT_PATH,
  BASIC_AUTH_PATH,
  CALENDAR_PATH,
  clientPath,
  LEARNING_PATH,
  MAIL_SERVERS_PATH,
  NOTICE_PATH,
  OPERATORS_PATH,
  REMINDERS_PATH,
  SIGN_IN_PATH,
  withQuery,
} from '@/app/paths'
import type { Call, SignedIn } from '@/lib/accounts/terms'
import { isLocale } from '@/lib/i18n/locale'
import { isUuid } from '@/lib/kernel'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'

/** The session that the action has just accepted, for operations on the caller's own session. */
async function ownSession(caller: OperatorCaller): Promise<{ call: Call; session: SignedIn }> {
  const { headers } = await currentCall()
  const session = await services().signIn.getSession(headers)
  if (!session) redirect(SIGN_IN_PATH)
  return { call: { headers, origin: caller.origin }, session }
}

const newPasswordOf = (form: FormData) => new Redacted(textOf(form, 'newPassword'))

const confirmedWrite = formActions('own-account:write', refusedWith, { fresh: 'each-time' })

const changePassword = formActions('own-account:write', refusedWith, {
  // A password that the policy refuses uses up no code of the second factor.
  fresh: async (form, session) => services().signIn.mayChoosePassword(session, newPasswordOf(form)) && 'each-time',
})

export const changePasswordAction = changePassword('account.change-password', async (caller, form) => {
  const { call, session } = await ownSession(caller)
  const changed = await services().signIn.changePassword(call, session, newPasswordOf(form))
  if (!changed.ok) {
    const message = await faultText(changed.error)
    return refused(message, changed.error.kind === 'password' ? { errors: { newPassword: message } } : {})
  }
  await setCookies(changed.value)
  // A page rendered in this very answer would still see the old cookie: let the browser load it again.
  redirect(`${ACCOUNT_PATH}?done=password`)
})

const write = formActions('own-account:write', refusedWith)

export const chooseLocaleAction = write('account.choose-locale', async (caller, form) => {
  const wanted = textOf(form, 'locale')
  const locale = isLocale(wanted) ? wanted : null
  await services().signIn.chooseLocale(caller.actor.id, locale)
  await setLocaleCookie(locale)
  redirect(withQuery(ACCOUNT_PATH, { done: 'language' }))
})

export const removeFactorAction = confirmedWrite('account.remove-second-factor', async (caller) => {
  const { call, session } = await ownSession(caller)
  const removed = await services().signIn.removeOwnFactor(call, session)
  if (!removed.ok) return refused(await faultText(removed.error))
  redirect(ACCOUNT_PATH)
})

export const renewCodesAction = confirmedWrite('account.renew-backup-codes', async (caller) => {
  const { call, session } = await ownSession(caller)
  const done = await services().signIn.renewBackupCodes(call, session)
  if (done.ok) redirect(NOTICE_PATH)
  const { error } = done
  if (error.kind === 'not-enrolled') redirect(ACCOUNT_PATH)
  return refused(await faultText(error))
})

const plainWrite = plainActions('own-account:write', backTo(ACCOUNT_PATH))

export const endOwnSessionAction = plainWrite('account.end-session', async (caller, form) => {
  const hasEnded = await services().signIn.endSession(caller, textOf(form, 'session'), caller.actor.id)
  leadToPage(`${ACCOUNT_PATH}?done=${hasEnded ? 'session' : 'session-gone'}#sessions`)
})

export const endOtherSessionsAction = plainWrite('account.end-other-sessions', async (caller) => {
  await services().signIn.endOtherSessions(caller, caller.actor.id, caller.sessionId)
  leadToPage(`${ACCOUNT_PATH}?done=sessions#sessions`)
})

const dropNotice = plainActions(
  'own-account:write',
  (...args) => backTo(args[2] === 'confirm' ? NOTICE_PATH : ACCOUNT_PATH)(...args),
  {
    // An old session, which may be a stolen one, removes nothing before its owner has read it.
    fresh: true,
  },
)

export const dropNoticeAction = dropNotice('account.drop-notice', async (caller, form) => {
  await services().signIn.dropNotice(caller.actor.id)
  const back = textOf(form, 'back')
  if (back === 'calendar') redirect(CALENDAR_PATH)
  if (back === 'mail-server') redirect(MAIL_SERVERS_PATH)
  const channel = textOf(form, 'channel')
  if (back === 'reminders') redirect(withQuery(REMINDERS_PATH, channel ? { done: 'added', channel } : {}))
  const moved = textOf(form, 'moved')
  if (moved) redirect(withQuery(BASIC_AUTH_PATH, { done: moved }))
  if (textOf(form, 'learning')) redirect(withQuery(LEARNING_PATH, { done: 'added' }))
  const client = back.replace(/^client:/, '')
  if (isUuid(client)) redirect(clientPath(client))
  redirect(back === 'operators' ? OPERATORS_PATH : ACCOUNT_PATH)
})
