import { z } from 'zod'
import { numberIn } from '@/app/_form/fields'
import { ALERT_KINDS, type AlertKind, REPEAT_HOURS, THRESHOLDS } from '@/lib/alerts/kinds'
import type { AlertSettings } from '@/lib/alerts/store'
import { LOCALES } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'
import type { Channel } from '@/lib/notifications/store/channel-rows'

/** The fields with a number, each with its bounds. */
export const NUMBERS = [
  ...ALERT_KINDS.map((kind) => ({ kind: kind as AlertKind | null, ...THRESHOLDS[kind] })),
  { kind: null, field: 'repeatHours' as const, ...REPEAT_HOURS },
]
export const NUMBER_FIELDS = NUMBERS.map(({ field }) => field)

export const FIELDS = [...NUMBER_FIELDS, 'version', 'kinds', 'channels', 'reportLocale']

const TYPED_CHARS_MAX = 10

export const SETTINGS_FORM = z.strictObject({
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  kinds: z.array(z.enum(ALERT_KINDS)).max(ALERT_KINDS.length),
  channels: z.array(z.uuid()).max(100),
  reportLocale: z.enum(LOCALES),
  ...recordOf(NUMBER_FIELDS, () => z.string().max(TYPED_CHARS_MAX).transform(numberIn)),
})

export const channelNames = (ids: readonly string[], channels: readonly Channel[], t: Translator<'alerts'>): string =>
  channels
    .filter(({ id }) => ids.includes(id))
    .map(({ name }) => name)
    .join(', ') || t('settings.nobody')

/** What the fields say, by their names. */
export const textsOf = (settings: AlertSettings, channels: readonly Channel[], t: Translator<'alerts'>) => ({
  ...Object.fromEntries(
    NUMBERS.map(({ kind, field }) => {
      const watched = kind !== null && settings.kinds.includes(kind) ? 'yes' : 'no'
      const value = String(settings[field])
      return [field, kind === null ? value : t('settings.storedKind', { value, watched })]
    }),
  ),
  channels: channelNames(settings.channels, channels, t),
  reportLocale: t(`locale.${settings.reportLocale}`),
})
