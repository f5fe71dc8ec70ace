'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { backTo, formAction, plain } from '@/app/_server/form-action'
import { RETENTION_PATH } from '@/app/paths'
import { services } from '@/lib/services'
import { daysIn, FIELDS } from './query'

/** Comes back with what was typed when it is not saved: it works without scripts. */
export const saveRetentionAction = plain(
  formAction<void>({
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
      const told = new URLSearchParams({ told: saved.ok ? 'saved' : saved.error })
      if (!saved.ok) for (const name of FIELDS) told.set(name, String(form.get(name) ?? '').slice(0, 10))
      redirect(`${RETENTION_PATH}?${told}` as Route)
    },
  }),
)
