'use server'

import { redirect } from 'next/navigation'
import { numberIn, versionOf } from '@/app/_form/fields'
import { refused, refusedKeeping, textOf, typedIn } from '@/app/_form/outcome'
import { refusedOver } from '@/app/_server/conflict'
import { formActions } from '@/app/_server/form-action'
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
  const stored = await outbox.retention()
  const texts = (values: Record<string, unknown>) =>
    Object.fromEntries(RETENTION_FIELDS.map((name) => [t(`retention.${name}`), String(values[name])]))
  return refusedOver(caller, {
    saves: [['retention:messages', ['retention.change']]],
    saved: texts(stored),
    yours: texts(days),
    typed: { ...typed, version: String(stored.version) },
  })
})
