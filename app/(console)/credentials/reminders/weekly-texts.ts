import type { WeeklySettings } from '@/lib/alerts/weekly/store'
import type { Translator } from '@/lib/i18n/translations'
import { DAY_MS } from '@/lib/kernel'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import { channelNames } from '../alerts/fields'

/** @param weekday 1 for Monday; 4 January 1970 was a Sunday */
export const weekdayName = (weekday: number, t: Translator<'alerts'>): string =>
  t.weekday(new Date((3 + weekday) * DAY_MS))

export const twoDigits = (hour: number): string => String(hour).padStart(2, '0')

/** What the fields say, by their labels. */
export const weeklyTexts = (
  { channels, weekday, hour }: WeeklySettings,
  all: readonly Channel[],
  t: Translator<'alerts'>,
) => ({
  [t('weekly.channels')]: channelNames(channels, all, t),
  [t('weekly.weekday')]: weekdayName(weekday, t),
  [t('weekly.hour')]: `${twoDigits(hour)}:00`,
})
