import { pageIn } from '@/app/paging'
import { BASIC_AUTH_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { isUuid } from '@/lib/kernel'
import { PROGRESS } from '@/lib/submission/basic-auth/progress'

export type Place = ReturnType<typeof placeIn>

export const placeIn = (params: SearchParams) => ({
  progress: PROGRESS.find((each) => each === params.progress) ?? null,
  text: textIn(params, 'text'),
  page: pageIn(params),
})

export const placeHref = ({ progress, text, page }: Place, done?: string) =>
  withQuery(BASIC_AUTH_PATH, { progress, text, page: page > 1 ? String(page) : null, done })

/** A client that a sender is linked to, or null for none. Undefined if the field is missing or malformed. */
export function clientIn(form: FormData, name: string): string | null | undefined {
  const value = form.get(name)
  if (value === '') return null
  return isUuid(value) ? value : undefined
}
