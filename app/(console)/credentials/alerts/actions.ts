'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { uuidOf } from '@/app/_form/fields'
import { textOf } from '@/app/_form/outcome'
import { leadToPage } from '@/app/_server/lead-to-page'
import { backTo, plainAction } from '@/app/_server/plain-action'
import { ALERTS_PATH, withQuery } from '@/app/paths'
import { services } from '@/lib/services'
import { NUMBERS, SETTINGS_FORM, settingsOf, typedQuery } from './query'

const parse = (form: FormData) =>
  SETTINGS_FORM.safeParse({
    version: textOf(form, 'version'),
    kinds: form.getAll('kinds'),
    channels: form.getAll('channels'),
    reportLocale: textOf(form, 'reportLocale'),
    numbers: Object.fromEntries(NUMBERS.map(({ field }) => [field, textOf(form, field)])),
  })

/** If the values are not saved, the page shows them again. It works without scripts. */
export const saveAlertsAction = plainAction({
  name: 'alerts.settings',
  permission: 'credentials:write',
  refused(_, form, refused) {
    const { data } = parse(form)
    return redirect(withQuery(ALERTS_PATH, { refused, ...(data && typedQuery(data)) }))
  },
  async run(caller, form) {
    const { data } = parse(form)
    if (!data) return redirect(withQuery(ALERTS_PATH, { done: 'invalid' }))
    const saved = await services().alerts.save(caller, { ...settingsOf(data), version: data.version })
    if (saved.ok) return leadToPage(ALERTS_PATH, { done: 'saved' })
    const { error } = saved
    const answer =
      error.kind === 'invalid'
        ? { done: 'invalid', fields: error.fields.join(' ') }
        : // A person who has read of the conflict may save over the other change.
          { done: 'conflict', version: null }
    // The form says it, below the alerts.
    return redirect(`${withQuery(ALERTS_PATH, { ...typedQuery(data), ...answer })}#settings` as Route)
  },
})

export const acknowledgeAlertAction = plainAction({
  name: 'alerts.acknowledge',
  permission: 'messages:act',
  refused: backTo(ALERTS_PATH),
  async run(caller, form) {
    const isDone = await services().alerts.acknowledge(caller, uuidOf(form, 'alert'))
    leadToPage(ALERTS_PATH, { done: isDone ? 'acknowledged' : 'gone' })
  },
})
