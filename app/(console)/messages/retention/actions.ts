'use server'

import { redirect } from 'next/navigation'
import { TYPED } from '@/app/_form/typed-in-address'
import { plainAction } from '@/app/_server/plain-action'
import { RETENTION_PATH, withQuery } from '@/app/paths'
import { services } from '@/lib/services'
import { daysIn, FIELDS } from './query'

const toForm = (answer: Record<string, string | null>, form: FormData): never => {
  const typed = [...FIELDS, 'version'].map((name) => [name, String(form.get(name) ?? '').slice(0, 10)])
  return redirect(withQuery(RETENTION_PATH, { ...TYPED, ...Object.fromEntries(typed), ...answer }))
}

/** If the values are not saved, the page shows them again. It works without scripts. */
export const saveRetentionAction = plainAction({
  name: 'messages.retention',
  permission: 'messages:write',
  refused: (_, form, refused) => toForm({ refused }, form),
  async run(caller, form) {
    const [messageDays, failedBodyDays, version] = [...FIELDS, 'version'].map((name) => daysIn(form.get(name)))
    const saved = await services().outbox.saveRetention(caller, {
      messageDays: messageDays ?? Number.NaN,
      failedBodyDays: failedBodyDays ?? Number.NaN,
      version: version ?? -1,
    })
    if (saved.ok) return redirect(withQuery(RETENTION_PATH, { done: 'saved' }))
    // A person who has read of the conflict may save over the other change.
    return toForm(saved.error === 'invalid' ? { done: saved.error } : { done: saved.error, version: null }, form)
  },
})
