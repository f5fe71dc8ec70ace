import { DAY_MS } from './time'

const dayNumber = (at: Date): number => Math.floor(at.getTime() / DAY_MS)

/** Days on the UTC calendar between two moments, as people count them: Monday evening to Tuesday morning is one day. */
export const calendarDays = (from: Date, to: Date): number => dayNumber(to) - dayNumber(from)

/** The day of a moment on the UTC calendar, such as `2027-02-28`. */
export const dayText = (at: Date): string => at.toISOString().slice(0, 10)

/** Whether a text, such as `2027-02-28`, is a day of this century. JavaScript alone takes 30 February for 2 March. */
export function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return /^20\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
