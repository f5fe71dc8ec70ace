import { z } from 'zod'
import { TYPED } from '@/app/_form/typed-in-address'
import { ALERT_KINDS, type AlertKind, REPEAT_HOURS, THRESHOLDS } from '@/lib/alerts/kinds'
import type { AlertSettings, StoredAlertSettings } from '@/lib/alerts/store'
import { LOCALES } from '@/lib/i18n/locale'
import { recordOf } from '@/lib/kernel/record-of'

/** The fields with a number, each with its bounds. */
export const NUMBERS = [
  ...ALERT_KINDS.map((kind) => ({ kind: kind as AlertKind | null, ...THRESHOLDS[kind] })),
  { kind: null, field: 'repeatHours' as const, ...REPEAT_HOURS },
]
export type NumberField = (typeof NUMBERS)[number]['field']
const NUMBER_FIELDS = NUMBERS.map(({ field }) => field)

const TYPED_CHARS_MAX = 10
const typed = z.string().max(TYPED_CHARS_MAX)

/** What the form of the settings posts. */
export const SETTINGS_FORM = z.strictObject({
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  kinds: z.array(z.enum(ALERT_KINDS)).max(ALERT_KINDS.length),
  channels: z.array(z.uuid()).max(100),
  reportLocale: z.enum(LOCALES),
  numbers: z.strictObject(recordOf(NUMBER_FIELDS, () => typed)),
})

/** The number in a field, or not a number. */
const numberIn = (text: string): number => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN)

export const settingsOf = ({
  kinds,
  channels,
  reportLocale,
  numbers,
}: z.infer<typeof SETTINGS_FORM>): AlertSettings => ({
  ...{ kinds, channels, reportLocale },
  ...recordOf(NUMBER_FIELDS, (field) => numberIn(numbers[field])),
})

/** What the form shows: the stored settings, or what was typed and not saved. */
export type FormValues = ReturnType<typeof formValues>

/** What was typed, as parameters of the page's address. */
export const typedQuery = (form: z.infer<typeof SETTINGS_FORM>) => ({
  ...TYPED,
  ...form.numbers,
  version: String(form.version),
  kinds: form.kinds.join(' '),
  channels: form.channels.join(' '),
  reportLocale: form.reportLocale,
})

/** @param typed reads what was typed and not saved */
export function formValues(stored: StoredAlertSettings, typed: ((name: string) => string) | null) {
  const text = (name: string, otherwise: string): string => (typed ? typed(name) : otherwise)
  const listIn = (name: 'kinds' | 'channels') => new Set(typed ? typed(name).split(' ') : stored[name])
  return {
    /** That the values are based on, so that a save is refused if someone else saved in between. */
    version: typed?.('version') || String(stored.version),
    kinds: listIn('kinds'),
    channels: listIn('channels'),
    reportLocale: text('reportLocale', stored.reportLocale),
    numbers: recordOf(NUMBER_FIELDS, (field) => text(field, String(stored[field]))),
  }
}
