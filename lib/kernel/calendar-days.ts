import { DAY_MS } from './time'

const dayNumber = (at: Date): number => Math.floor(at.getTime() / DAY_MS)

/** Days on the UTC calendar from one moment to another, as people count them: from Monday evening to Tuesday morning is one. */
export const calendarDays = (from: Date, to: Date): number => dayNumber(to) - dayNumber(from)
