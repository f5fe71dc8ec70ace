import { DAY_MS } from './time'

const dayNumber = (at: Date): number => Math.floor(at.getTime() / DAY_MS)

/** Days on the UTC calendar between two moments, as people count them: Monday evening to Tuesday morning is one day. */
export const calendarDays = (from: Date, to: Date): number => dayNumber(to) - dayNumber(from)
