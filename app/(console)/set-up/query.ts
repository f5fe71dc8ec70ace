import { SET_UP_PATH } from '@/app/paths'
import { isLocale, type Locale } from '@/lib/i18n/locale'
import { holdsSecret } from '@/lib/mail-server/paste'
import { type AskedFor, GUIDE_FIELDS, type Guide, type GuideField, guideQuery } from '@/lib/setup-guide/values'

export type Query = Record<string, string | string[] | undefined>

/** Longer than any value; what is longer is none. */
const CHARS_MAX = 400

/**
 * The guide's values as the address has them. A secret that was put into one of its fields is neither used nor shown again
 * (S-01); it went to nobody but this console.
 */
export function askedIn(query: Query): { asked: AskedFor; secretPasted: boolean } {
  const asked: AskedFor = {}
  let secretPasted = false
  for (const field of GUIDE_FIELDS) {
    const text = query[field]
    if (typeof text !== 'string' || text.length > CHARS_MAX) continue
    if (holdsSecret(text)) secretPasted = true
    else asked[field] = text
  }
  return { asked, secretPasted }
}

export const queryOf = (params: URLSearchParams): Query => Object.fromEntries(params)

/** The language of a sheet for another administrator, who may speak another one than the reader of the guide. */
export const languageIn = ({ language }: Query, otherwise: Locale): Locale =>
  isLocale(language) ? language : otherwise

/** An address of the guide of this mail server, for these values. */
export function guideHref(
  guide: Pick<Guide, 'values' | 'choices'>,
  server: string,
  path = SET_UP_PATH,
  more: Record<string, string> = {},
): string {
  return `${path}?${new URLSearchParams({ server, ...Object.fromEntries(guideQuery(guide)), ...more })}`
}

/** What stands in the field: as typed where it could not be used. */
export function shownIn(field: GuideField, asked: AskedFor, guide: Guide): string {
  const { values } = guide
  const read: Partial<Record<GuideField, string | null>> = {
    tenant: values.tenantId,
    client: values.clientId,
    object: values.objectId,
    sender: values.sender,
    name: values.appName,
  }
  return (guide.validationErrors[field] ? asked[field] : read[field]) ?? ''
}
