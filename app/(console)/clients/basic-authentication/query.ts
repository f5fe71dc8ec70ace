import { BASIC_AUTH_PATH, withQuery } from '@/app/paths'
import { PROGRESS, type Progress } from '@/lib/submission/basic-auth/progress'

export const ROWS = 25

/** A place in the list of senders. */
export interface Place {
  progress: Progress | null
  page: number
}

export const placeIn = ({ progress, page }: Readonly<Record<string, unknown>>): Place => ({
  progress: PROGRESS.find((each) => each === progress) ?? null,
  page: typeof page === 'string' && /^[1-9]\d{0,4}$/.test(page) ? Number(page) : 1,
})

export const placeHref = ({ progress, page }: Place, done?: string) =>
  withQuery(BASIC_AUTH_PATH, { progress, page: page > 1 ? String(page) : null, done })
