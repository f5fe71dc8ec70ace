'use server'

import { redirect } from 'next/navigation'
import { uuidOf } from '@/app/_form/fields'
import { refusedField, refusedWith, textOf } from '@/app/_form/outcome'
import { formActions } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { leadToPage } from '@/app/_server/plain-action'
import { CALENDAR_PATH, NOTICE_PATH } from '@/app/paths'
import { FEEDS_MAX } from '@/lib/credentials/calendar'
import { isLocale } from '@/lib/i18n/locale'
import { translatorFor } from '@/lib/i18n/translations'
import { fail, ok } from '@/lib/kernel'
import { services } from '@/lib/services'
import { parseFeedName } from '@/lib/validation/text'

const write = formActions('credentials:write', refusedWith)
const confirmedWrite = formActions('credentials:write', refusedWith, { fresh: true })

/** The address is shown once, on the page for one-time notices. It is in no action's state and in no browser history. */
export const createFeedAction = confirmedWrite('credentials.feed-create', async (caller, form) => {
  const t = translatorFor(caller.locale, 'credentials')
  const parsed = parseFeedName(textOf(form, 'feedName'))
  const locale = textOf(form, 'feedLocale')
  if (!parsed.ok) return refusedField('feedName', t('fault.feedName'), form)
  const name = parsed.value
  const create = async () => {
    const { calendar, signIn } = services()
    const wish = { name, locale: isLocale(locale) ? locale : caller.locale }
    const feed = await calendar.createFeed(caller, wish, (tx, { token }) =>
      signIn.keepNotice(tx, caller.actor.id, { kind: 'calendar-address', name, path: `/calendar/${token}.ics` }),
    )
    return feed ? ok({}) : fail(refusedWith(t('fault.feedsMost', { max: FEEDS_MAX }), form))
  }
  const outcome = await once(caller, 'calendar.create', form, create, refusedWith)
  return outcome.ok ? redirect(NOTICE_PATH) : outcome.error
})

export const revokeFeedAction = write('credentials.feed-revoke', async (caller, form) => {
  await services().calendar.revokeFeed(caller, uuidOf(form, 'feed'))
  return leadToPage(CALENDAR_PATH, { done: 'revoked' })
})
