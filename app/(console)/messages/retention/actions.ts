'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { backTo, plainAction } from '@/app/_server/form-action'
import { RETENTION_PATH } from '@/app/paths'
import { services } from '@/lib/services'
import { daysIn, FIELDS } from './query'

/** If the values are not saved, the page shows them again. It works without scripts. */
export const saveRetentionAction = plainAction({
  name: 'messages.retention',
  permission: 'messages:write',
  refused: backTo(RETENTION_PATH),
  async run(caller, form) {
    const [messageDays, failedBodyDays, version] = [...FIELDS, 'version'].map((name) => daysIn(form.get(name)))
    const saved = await services().outbox.saveRetention(caller, {
      messageDays: messageDays ?? Number.NaN,
      failedBodyDays: failedBodyDays ?? Number.NaN,
      version: version ?? -1,
    })
    const query = new URLSearchParams({ done: saved.ok ? 'saved' : saved.error })
    if (!saved.ok) for (const name of FIELDS) query.set(name, String(form.get(name) ?? '').slice(0, 10))
    redirect(`${RETENTION_PATH}?${query}` as Route)
  },
})
