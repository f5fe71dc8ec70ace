import { FORMATS } from '@/components/timestamp'
import type { Locale } from '@/lib/i18n/locale'
import { DAY_MS } from '@/lib/kernel/time'

/** @param weekday 1 for Monday; 4 January 1970 was a Sunday */
export const weekdayName = (weekday: number, locale: Locale): string =>
  FORMATS[locale].weekday.format(new Date((3 + weekday) * DAY_MS))

export const twoDigits = (hour: number): string => String(hour).padStart(2, '0')
