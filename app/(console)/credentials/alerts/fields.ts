import { z } from 'zod'
import { numberIn } from '@/app/_form/fields'
import { ALERT_KINDS, REPEAT_HOURS, THRESHOLDS } from '@/lib/alerts/kinds'
import type { AlertSettings } from '@/lib/alerts/store'
import { LOCALES } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import type { Channel } from '@/lib/notifications/store/channel-rows'

/** What can be watched, each with the field for its threshold and the bounds of that. */
export const WATCHABLE = ALERT_KINDS.map((kind) => ({ kind, ...THRESHOLDS[kind] }))
/** The fields with a number, each with its bounds. */
export const NUMBERS = [...WATCHABLE, { field: 'repeatHours' as const, ...REPEAT_HOURS }]
export const NUMBER_FIELDS = NUMBERS.map(({ field }) => field)

export const FIELDS = [...NUMBER_FIELDS, 'version', 'kinds', 'channels', 'reportLocale']

export const SETTINGS_FORM = z.strictObject({
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  kinds: z.array(z.enum(ALERT_KINDS)).max(ALERT_KINDS.length),
  channels: z.array(z.uuid()).max(100),
  reportLocale: z.enum(LOCALES),
  ...recordOf(NUMBER_FIELDS, () => z.string().transform(numberIn)),
})

export const channelNames = (ids: readonly string[], channels: readonly Channel[], t: Translator<'alerts'>): string =>
  channels
    .filter(({ id }) => ids.includes(id))
    .map(({ name }) => name)
    .join(', ') || t('settings.nobody')

/** What the fields say, by their labels. */
export const textsOf = (settings: AlertSettings, channels: readonly Channel[], t: Translator<'alerts'>) => ({
  ...Object.fromEntries(
    WATCHABLE.map(({ kind, field }) => {
      const watched = settings.kinds.includes(kind) ? 'yes' : 'no'
      return [t(`kind.${kind}.threshold`), t('settings.storedKind', { value: String(settings[field]), watched })]
    }),
  ),
  [t('settings.repeat')]: String(settings.repeatHours),
  [t('settings.channels')]: channelNames(settings.channels, channels, t),
  [t('settings.locale')]: t(`locale.${settings.reportLocale}`),
})
