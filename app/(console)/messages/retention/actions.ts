'use server'

import { redirect } from 'next/navigation'
import { numberIn, versionOf } from '@/app/_form/fields'
import { refused, refusedKeeping, textOf, typedIn } from '@/app/_form/outcome'
import { formActions, showEverywhere } from '@/app/_server/form-action'
import { RETENTION_PATH, withQuery } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { MESSAGE_DAYS_MAX, RETENTION_FIELDS } from '@/lib/outbox/retention'
import { services } from '@/lib/services'

const save = formActions('messages:write', refusedKeeping([...RETENTION_FIELDS, 'version']))

export const saveRetentionAction = save('messages.retention', async (caller, form) => {
  const t = translatorFor(caller.locale, 'messages')
  const { outbox } = services()
  const days = recordOf(RETENTION_FIELDS, (name) => numberIn(textOf(form, name)))
  const saved = await outbox.saveRetention(caller, { ...days, version: versionOf(form) })
  if (saved.ok) return redirect(withQuery(RETENTION_PATH, { done: 'saved' }))
  const typed = typedIn(form, [...RETENTION_FIELDS, 'version'])
  if (saved.error !== 'changed') {
    const errors = recordOf(saved.error, (name) => t(`retention.${name}Wrong`, { max: MESSAGE_DAYS_MAX }))
    return refused(t('retention.invalid'), { typed, errors })
  }
  const { version, messageDays, failedBodyDays } = await outbox.retention()
  showEverywhere()
  return refused(t('retention.conflict', { messageDays, failedBodyDays }), {
    typed: { ...typed, version: String(version) },
  })
})
