'use server'

import { uuidOf } from '@/app/_form/fields'
import { refused, refusedKeeping, textOf, typedIn } from '@/app/_form/outcome'
import { refusedOver } from '@/app/_server/conflict'
import { formActions } from '@/app/_server/form-action'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { ALERTS_PATH } from '@/app/paths'
import type { AlertSettings } from '@/lib/alerts/store'
import { translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import { services } from '@/lib/services'
import { FIELDS, NUMBER_FIELDS, NUMBERS, SETTINGS_FORM, textsOf } from './fields'

const parse = (form: FormData) =>
  SETTINGS_FORM.safeParse({
    version: textOf(form, 'version'),
    kinds: form.getAll('kinds'),
    channels: form.getAll('channels'),
    reportLocale: textOf(form, 'reportLocale'),
    ...recordOf(NUMBER_FIELDS, (field) => textOf(form, field)),
  })

const save = formActions('credentials:write', refusedKeeping(FIELDS), {
  fresh: async (form) => parse(form).success,
})

export const saveAlertsAction = save('alerts.settings', async (caller, form) => {
  const t = translatorFor(caller.locale, 'alerts')
  const { data } = parse(form)
  const typed = typedIn(form, FIELDS)
  if (!data) return refused(t('settings.unusable'), { typed })
  const { alerts, notifications } = services()
  const saved = await alerts.save(caller, data)
  if (saved.ok) return leadToPage(ALERTS_PATH, { done: 'saved' })
  const { error } = saved
  if (error.kind === 'changed') {
    const [stored, channels] = await Promise.all([alerts.settings(), notifications.channels.list()])
    const texts = (settings: AlertSettings) => textsOf(settings, channels, t)
    return refusedOver(caller, {
      saves: [['alerts:settings', ['alert.change']]],
      saved: texts(stored),
      yours: texts(data),
      typed: { ...typed, version: String(stored.version) },
    })
  }
  const wrong = NUMBERS.filter(({ field }) => error.fields.includes(field))
  const errors = Object.fromEntries(wrong.map(({ field, min, max }) => [field, t('settings.wrong', { min, max })]))
  return refused(t('settings.invalid'), { typed, errors })
})

const act = plainActions('messages:act', backTo(ALERTS_PATH))

export const acknowledgeAlertAction = act('alerts.acknowledge', async (caller, form) => {
  const isDone = await services().alerts.acknowledge(caller, uuidOf(form, 'alert'))
  leadToPage(ALERTS_PATH, { done: isDone ? 'acknowledged' : 'gone' })
})
